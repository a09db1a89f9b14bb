import { newId } from '#kernel';
import { storableJson, type Transaction } from '#platform/database';

/** Something that happened to `subjectId`, as it will be told to the merchant. */
export interface NewEvent {
  /** e.g. `charge.succeeded`. */
  readonly type: string;
  readonly subjectId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** Writes events in the transaction of what they tell: none is lost, none is about what never was. */
export const recordEvents = async (
  tx: Transaction,
  merchantId: string,
  events: readonly NewEvent[],
): Promise<void> => {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    id: newId(),
    type: event.type,
    subject_id: event.subjectId,
    data: event.data,
    at: event.at,
  }));
  await tx.query(
    `INSERT INTO events (merchant_id, id, type, subject_id, data, at, transaction_id)
     SELECT m.id, r.id, r.type, r.subject_id, r.data, r.at, pg_current_xact_id()
     FROM merchants m
     JOIN json_to_recordset($2::json)
       AS r (id uuid, type text, subject_id uuid, data jsonb, at timestamptz) ON true
     WHERE m.id = $1`,
    [merchantId, storableJson(rows)],
  );
};
