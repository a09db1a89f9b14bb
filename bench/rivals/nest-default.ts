// A re-creation, labelled so: what NestJS's own documentation leads to. Express, Apollo, code first, TypeORM's repositories.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Args,
  Field,
  Float,
  GraphQLModule,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from '@nestjs/graphql';
import { ExpressAdapter } from '@nestjs/platform-express';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { reportReady } from './process.js';

@ObjectType()
@Entity('nest_charges')
class NestCharge {
  @Field(() => ID) @PrimaryColumn('uuid') id: string;
  @Field() @Column('text', { name: 'order_id', unique: true }) orderId: string;
  @Field(() => Float) @Column('int') amount: number;
  @Field() @Column('text') currency: string;
  @Field() @Column('text') status: string;
  @Field() @Column('timestamptz', { name: 'due_at' }) dueAt: Date;
  @Field() @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
}

@Entity('nest_webhooks')
class NestWebhook {
  @PrimaryColumn('uuid') id: string;
  @Column('timestamptz', { name: 'received_at' }) receivedAt: Date;
  @Column('jsonb') body: object;
}

@InputType()
class CreateNestCharge {
  @Field() orderId: string;
  @Field(() => Float) amount: number;
  @Field() currency: string;
}

@Resolver(() => NestCharge)
class NestCharges {
  constructor(@InjectRepository(NestCharge) private readonly charges: Repository<NestCharge>) {}

  @Query(() => [NestCharge])
  list(@Args('first', { type: () => Int }) first: number): Promise<NestCharge[]> {
    return this.charges.find({ order: { id: 'DESC' }, take: first });
  }

  @Mutation(() => NestCharge)
  create(@Args('input') input: CreateNestCharge): Promise<NestCharge> {
    const now = new Date();
    return this.charges.save({
      ...{ id: randomUUID(), ...input, status: 'SCHEDULED', dueAt: now, createdAt: now },
    });
  }
}

@Controller('webhooks')
class NestWebhooks {
  constructor(@InjectRepository(NestWebhook) private readonly webhooks: Repository<NestWebhook>) {}

  @Post()
  @HttpCode(200)
  async receive(@Body() body: object): Promise<void> {
    await this.webhooks.save({ id: randomUUID(), receivedAt: new Date(), body });
  }
}

@Module({
  imports: [
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
    TypeOrmModule.forRoot({
      ...{
        type: 'postgres',
        url: process.env['DATABASE_URL'],
        entities: [NestCharge, NestWebhook],
      },
      poolSize: 10,
    }),
    TypeOrmModule.forFeature([NestCharge, NestWebhook]),
  ],
  controllers: [NestWebhooks],
  providers: [NestCharges],
})
class DefaultModule {}

const app = await NestFactory.create(DefaultModule, new ExpressAdapter(), {
  logger: ['error', 'fatal'],
});
await app.listen(Number(process.env['PORT']), '127.0.0.1');
reportReady();
