import { Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import {
  INCIDENT_KINDS,
  type Incident as IncidentRow,
  type IncidentFilter as Filter,
  type IncidentKind,
} from '#charges';
import { toPublicId } from '#kernel';
import { connectionOf, DateTime, Node } from '#platform/graphql';
import { readOptionalId } from '../charges/charge.input.js';
import { Payload } from '../user-errors/user-error.type.js';

export const IncidentKindEnum = Object.fromEntries(INCIDENT_KINDS.map((kind) => [kind, kind])) as {
  [Kind in IncidentKind]: Kind;
};

registerEnumType(IncidentKindEnum, {
  name: 'IncidentKind',
  valuesMap: {
    LATE_SUCCESS: { description: 'Captured after it had been called failed, canceled or skipped.' },
    DUPLICATE_CAPTURE: { description: 'A capture beside the one that counts.' },
    AMOUNT_DIFFERS: { description: 'Captured, but not the amount or currency that was asked for.' },
    FOREIGN_PAYMENT: { description: 'A payment under our reference that is none of ours.' },
    CONFIGURATION: { description: 'The provider refuses the credentials, settings or request.' },
    QUARANTINED: { description: 'Set aside, so that it holds up nothing else.' },
    UNCLEAR_OPERATION: { description: 'A bulk operation that cannot safely be asked about.' },
  },
});

@ObjectType({ implements: () => Node, description: 'Something an operator must see.' })
export class Incident implements Node {
  id: string;

  @Field(() => IncidentKindEnum)
  kind: IncidentKind;

  @Field(() => ID, { nullable: true, description: 'Absent: of the account as a whole.' })
  chargeId: string | null;

  @Field(() => ID, { nullable: true })
  providerAccountId: string | null;

  @Field(() => String, { description: 'What was found, as JSON.' })
  detail: string;

  @Field(() => DateTime)
  openedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'Absent: open.' })
  resolvedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Who or what saw to it.' })
  resolvedBy: string | null;

  @Field(() => String, { nullable: true })
  resolutionNote: string | null;
}

export const presentIncident = (row: IncidentRow): Incident => ({
  id: toPublicId('incident', row.id),
  kind: row.kind,
  chargeId: row.chargeId && toPublicId('charge', row.chargeId),
  providerAccountId: row.providerAccountId && toPublicId('providerAccount', row.providerAccountId),
  detail: JSON.stringify(row.detail),
  openedAt: row.openedAt,
  resolvedAt: row.resolvedAt,
  resolvedBy: row.resolvedBy,
  resolutionNote: row.resolutionNote,
});

@ObjectType()
export class IncidentConnection extends connectionOf(Incident) {}

@InputType()
export class IncidentFilter {
  @Field(() => [IncidentKindEnum], { nullable: true })
  kinds?: IncidentKind[] | null;

  @Field(() => Boolean, { nullable: true, description: 'true: the open ones; absent: all.' })
  isOpen?: boolean | null;

  @Field(() => ID, { nullable: true })
  chargeId?: string | null;

  @Field(() => ID, { nullable: true })
  providerAccountId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Inclusive.' })
  openedFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Exclusive.' })
  openedTo?: Date | null;
}

export const readIncidentFilter = (filter: IncidentFilter | null | undefined): Filter => ({
  kinds: filter?.kinds ?? null,
  isOpen: filter?.isOpen ?? null,
  openedFrom: filter?.openedFrom ?? null,
  openedTo: filter?.openedTo ?? null,
  chargeId: readOptionalId('charge', filter?.chargeId),
  providerAccountId: readOptionalId('providerAccount', filter?.providerAccountId),
});

@InputType()
export class ResolveIncidentInput {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'What was done about it. 1–2,000 characters.' })
  note: string;
}

@ObjectType()
export class ResolveIncidentPayload extends Payload {
  @Field(() => Incident, { nullable: true })
  incident: Incident | null;
}
