import { Injectable } from '@nestjs/common';
import type { Viewer } from '#merchants';
import { NodeRegistry } from '#platform/graphql';

/** Where each face registers how its nouns are found by id (`onModuleInit`). */
@Injectable()
export class Nodes extends NodeRegistry<Viewer> {}
