import { TypeID } from 'typeid-js';
import { v7 } from 'uuid';

/**
 * What the public ids (TypeIDs over UUIDv7) begin with. Inside, and in the database, the id is the
 * bare UUID.
 */
export const ID_PREFIXES = {
  merchant: 'mer',
  apiKey: 'key',
  providerAccount: 'acc',
  billingKey: 'bk',
  cardRegistration: 'reg',
  charge: 'ch',
  attempt: 'att',
  refund: 'ref',
  schedule: 'sch',
  bulkCharge: 'blk',
  bulkItem: 'bki',
  webhookEvent: 'whe',
  webhookEndpoint: 'whk',
  event: 'evt',
  incident: 'inc',
  retryPolicy: 'rp',
  clockOperation: 'clk',
  hold: 'hld',
} as const;

export type Noun = keyof typeof ID_PREFIXES;

/** A new UUIDv7; those made in one process only grow. */
export const newId = (): string => v7();

export const toPublicId = (noun: Noun, id: string): string =>
  TypeID.fromUUID(ID_PREFIXES[noun], id).toString();

/** The UUID inside a public id of this noun; nothing when it is not one. */
export const fromPublicId = (noun: Noun, publicId: string): string | undefined => {
  try {
    return TypeID.fromString(publicId, ID_PREFIXES[noun]).toUUID();
  } catch {
    return undefined;
  }
};

/** Which noun a public id names, and its UUID; nothing when it is not one of ours. */
export const parsePublicId = (publicId: string): { noun: Noun; id: string } | undefined => {
  const prefix = publicId.slice(0, publicId.lastIndexOf('_'));
  const noun = (Object.keys(ID_PREFIXES) as Noun[]).find((key) => ID_PREFIXES[key] === prefix);
  const id = noun && fromPublicId(noun, publicId);
  return noun && id ? { noun, id } : undefined;
};
