import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** One capture or refund, by the provider's own ledger. */
export interface LedgerLine {
  readonly provider: string;
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly reference: string;
  readonly orderReference: string;
  readonly amount: number;
  readonly currency: string;
}
/** One call that the provider received. */
export interface ProviderCall {
  readonly time: string;
  readonly provider: string;
  readonly method: string;
  readonly path: string;
  readonly reference: string | null;
  readonly fate?: string;
}
export interface HistoryEvent {
  readonly op: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly merchant: string;
  readonly value: Record<string, never> & Record<string, unknown>;
  readonly at: number;
}
/** A time in which some process stood still. */
export interface Standstill {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ChargeRow {
  readonly id: string;
  readonly merchant_id: string;
  readonly order_id: string;
  readonly state: string;
  readonly version: number;
  readonly amount_minor: number;
  readonly currency: string;
  readonly origin: string;
  readonly schedule_id: string | null;
  readonly occurrence_number: number | null;
  readonly bulk_charge_id: string | null;
  readonly provider_account_id: string;
  readonly refunded_minor: number;
  readonly due_at: Date;
  readonly send_at: Date;
}
export interface AttemptRow {
  readonly id: string;
  readonly charge_id: string;
  readonly number: number;
  readonly provider_account_id: string;
  readonly billing_key_id: string;
  readonly provider_reference: string;
  readonly provider_operation_id: string | null;
  readonly provider_payment_id: string | null;
  readonly kind: string;
  readonly outcome: string | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly request_hash: string;
  readonly captured_minor: number;
}
export interface TransitionRow {
  readonly charge_id: string;
  readonly version: number;
  readonly from_state: string;
  readonly to_state: string;
  readonly recorded_at: Date;
  readonly cause: string;
  readonly evidence: Record<string, unknown> | null;
}
export interface Row {
  readonly [column: string]: unknown;
}

/** All that is known of a run, from those who do not know each other. */
export interface Evidence {
  readonly ledger: readonly LedgerLine[];
  readonly calls: readonly ProviderCall[];
  readonly history: readonly HistoryEvent[];
  readonly standstills: readonly Standstill[];
  readonly guard: string;
  readonly charges: readonly ChargeRow[];
  readonly attempts: readonly AttemptRow[];
  readonly transitions: readonly TransitionRow[];
  readonly incidents: readonly Row[];
  readonly refunds: readonly Row[];
  readonly schedules: readonly Row[];
  readonly operations: readonly Row[];
  readonly bulks: readonly Row[];
  readonly observations: readonly Row[];
  readonly inbox: readonly Row[];
  readonly accounts: readonly Row[];
}

export interface EvidenceSources {
  readonly sandboxUrl: string;
  /** As a role that no row-level security binds. */
  readonly databaseUrl: string;
  readonly historyFile: string;
  readonly standstills: readonly Standstill[];
  readonly guard: string;
}

const INT8_OID = 20;

const linesOf = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** A plain dump, in one snapshot. */
const dump = async (databaseUrl: string) => {
  const client = new pg.Client({
    connectionString: databaseUrl,
    types: {
      getTypeParser: ((oid: number, format: never) =>
        oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as never,
    },
  });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const all = async <T extends object>(table: string, order = 'id') =>
      (await client.query<T>(`SELECT * FROM ${table} ORDER BY ${order}`)).rows;
    return {
      charges: await all<ChargeRow>('charges'),
      attempts: await all<AttemptRow>('attempts', 'charge_id, number'),
      transitions: await all<TransitionRow>('charge_transitions', 'charge_id, version, id'),
      incidents: await all<Row>('incidents'),
      refunds: await all<Row>('refunds'),
      schedules: await all<Row>('schedules'),
      operations: await all<Row>('provider_operations'),
      bulks: await all<Row>('bulk_charges'),
      observations: await all<Row>('observations'),
      inbox: await all<Row>('webhook_events'),
      accounts: await all<Row>('provider_accounts'),
    };
  } finally {
    await client.end();
  }
};

export const gather = async (sources: EvidenceSources): Promise<Evidence> => {
  const { sandboxUrl, databaseUrl, historyFile, standstills, guard } = sources;
  const [ledger, calls, history, rows] = await Promise.all([
    fetch(`${sandboxUrl}/control/ledger`).then((answer) => answer.text()),
    fetch(`${sandboxUrl}/control/requests`).then((answer) => answer.json()),
    readFile(historyFile, 'utf8'),
    dump(databaseUrl),
  ]);
  return {
    ledger: linesOf<LedgerLine>(ledger),
    calls: calls as ProviderCall[],
    history: linesOf<HistoryEvent>(history),
    ...{ standstills, guard, ...rows },
  };
};
