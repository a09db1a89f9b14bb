import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../fleet/fleet.js';
import { toPublicId } from '#kernel';
import type { Account } from './world.js';

/** Two looks apart, so that what one state hands to the next is seen. */
const LOOK_MS = 400;
/** T of the reference, with the times shortened as they are: a charge is decided or in front of a person by then. */
const PATIENCE_MS = 60_000;
/** What falls due so soon after the storm is waited for. */
const SOON = "interval '5 seconds'";

/** What is still under way, as sentences; nothing: it is quiet. */
const underWay = (fleet: Fleet): Promise<{ what: string; count: number }[]> =>
  fleet.postgres.query(`
    WITH account AS (SELECT id, now() + clock_offset_ms * interval '1 ms' AS now FROM provider_accounts)
    SELECT what, count(*)::int AS count FROM (
      SELECT 'charge ' || c.state AS what FROM charges c JOIN account a ON a.id = c.provider_account_id
      LEFT JOIN schedules s ON s.id = c.schedule_id
      WHERE c.state IN ('SUBMITTING', 'PROCESSING', 'UNKNOWN')
        OR (c.state IN ('SCHEDULED', 'RETRY_SCHEDULED') AND c.send_at <= a.now + ${SOON}
            AND (s.id IS NULL OR s.status <> 'PAUSED' OR c.state = 'RETRY_SCHEDULED'))
        OR (c.state = 'REGISTERED' AND c.due_at <= a.now + ${SOON})
        OR c.next_afterlook_at IS NOT NULL
      UNION ALL SELECT 'refund ' || status FROM refunds WHERE status IN ('PENDING', 'UNKNOWN')
      UNION ALL SELECT 'operation ' || state FROM provider_operations
        WHERE state IN ('INTENDED', 'UNKNOWN', 'ACCEPTED')
      UNION ALL SELECT 'bulk ' || b.status FROM bulk_charges b
        WHERE b.status IN ('SUBMITTING', 'PROCESSING') AND NOT EXISTS (
          SELECT FROM charges c WHERE c.bulk_charge_id = b.id AND c.state = 'NEEDS_REVIEW')
      UNION ALL SELECT 'webhook' FROM webhook_events
        WHERE status = 'RECEIVED' AND next_apply_at <= now() + ${SOON}
      UNION ALL SELECT 'clock' FROM clock_operations WHERE status = 'RUNNING'
      UNION ALL SELECT 'schedule' FROM schedules s JOIN account a ON a.id = s.provider_account_id
        WHERE s.status = 'ACTIVE' AND s.next_due_at <= a.now + ${SOON}
    ) AS waiting GROUP BY what ORDER BY what`);

/** Waits until nothing is under way; answers how long it took, and what was left when patience ended. */
export const untilQuiet = async (
  fleet: Fleet,
  slowness: number,
): Promise<{ readonly ms: number; readonly left: readonly string[] }> => {
  const began = performance.now();
  for (let quiet = 0; ;) {
    const waiting = await underWay(fleet);
    quiet = waiting.length === 0 ? quiet + 1 : 0;
    const ms = performance.now() - began;
    if (quiet === 2) return { ms, left: [] };
    if (ms > PATIENCE_MS * slowness)
      return { ms, left: waiting.map(({ what, count }) => `${count} × ${what}`) };
    await pause(LOOK_MS);
  }
};

const unswept = (fleet: Fleet, since: Date): Promise<{ name: string }[]> =>
  fleet.postgres.query(
    `SELECT a.name FROM provider_accounts a WHERE a.provider = 'PORTONE' AND NOT EXISTS (
       SELECT FROM reconciliations r WHERE r.provider_account_id = a.id
         AND r.swept_at >= $1 AND (r.counts->>'left')::int = 0) ORDER BY a.name`,
    [since],
  );

/** Has the providers' captures compared with the books now, instead of a moment after the verdict: where all looks and webhooks of a capture
 * were lost, the sweep is what finds it. Answers how long it took, and which accounts were not accounted for when patience ended. */
export const untilSwept = async (
  fleet: Fleet,
  slowness: number,
): Promise<{ readonly ms: number; readonly left: readonly string[] }> => {
  const began = performance.now();
  const [asked] = await fleet.postgres.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  await fleet.postgres.query('UPDATE reconciliations SET next_sweep_at = now()');
  await fleet.postgres.query(
    `UPDATE account_agendas SET next_due_at = now() WHERE lane = 'RECONCILE'`,
  );
  for (;;) {
    const open = await unswept(fleet, asked?.at ?? new Date());
    const ms = performance.now() - began;
    if (open.length === 0) return { ms, left: [] };
    if (ms > PATIENCE_MS * slowness)
      return { ms, left: open.map(({ name }) => `the captures of ${name}`) };
    await pause(LOOK_MS);
  }
};

interface SentWebhook {
  readonly provider: string;
  readonly url: string;
  readonly reference: string;
  readonly event: string;
  readonly status: number | null;
  readonly body: unknown;
}

/** PortOne sends a webhook once; what found nobody is sent again when its support is asked to. */
export const askForLostWebhooks = async (fleet: Fleet): Promise<number> => {
  const { sent } = (await (await fleet.control('webhooks')).json()) as { sent: SentWebhook[] };
  const keyOf = ({ url, body }: SentWebhook) => `${url} ${JSON.stringify(body)}`;
  const heard = new Set(sent.filter(({ status }) => status === 200).map(keyOf));
  const lost = new Map(
    sent
      .filter(
        (one) => one.provider === 'PORTONE' && one.event !== 'by hand' && !heard.has(keyOf(one)),
      )
      .map((one) => [keyOf(one), one]),
  );
  for (const { url, body } of lost.values()) await fleet.control('webhooks', { url, body });
  return lost.size;
};

interface Open {
  readonly id: string;
  readonly merchant_id: string;
  readonly order_id: string;
  readonly kind: string;
}

/** What the design leaves to people, done by one who looks into the provider's own books: captured, or never. While others are under way
 * only what a finished operation left over is looked up: of it nothing can come any more. */
export const reviewAsPerson = async (
  fleet: Fleet,
  accounts: readonly Account[],
  { isQuiet }: { readonly isQuiet: boolean },
): Promise<number> => {
  const open = await fleet.postgres.query<Open>(
    `SELECT c.id, c.merchant_id, c.order_id, a.kind FROM charges c
     JOIN attempts a ON a.charge_id = c.id AND a.number = c.attempt_count
     LEFT JOIN provider_operations o ON o.id = a.provider_operation_id
     WHERE c.state = 'NEEDS_REVIEW' AND ($1 OR o.state IN ('DONE', 'NEEDS_REVIEW')) ORDER BY c.order_id`,
    [isQuiet],
  );
  if (open.length === 0) return 0;
  const ledger = await (await fleet.control('ledger')).text();
  const captured = new Map(
    ledger
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) => JSON.parse(line) as { kind: string; orderReference: string; reference: string },
      )
      .filter(({ kind }) => kind === 'CAPTURE')
      .map(({ orderReference, reference }) => [orderReference, reference]),
  );
  const clients = new Map(accounts.map(({ client }) => [client.merchant, client]));
  for (const [n, { id, merchant_id: merchant, order_id: order, kind }] of open.entries()) {
    const seen = captured.has(order);
    const never = n % 2 === 0 && kind !== 'SCHEDULE' ? 'NEVER_HAPPENED' : 'FAILED';
    await clients.get(merchant)?.insist(
      'resolveCharge',
      {
        ...{ id: toPublicId('charge', id), outcome: seen ? 'SUCCEEDED' : never },
        // Of a bulk item nobody but the page that lacked it could say which payment is its own.
        ...(seen && kind === 'BULK' ? { providerPaymentId: captured.get(order) } : {}),
        evidence: `the provider's ledger shows ${seen ? 'its capture' : 'no capture'}`,
      },
      performance.now() + 5_000,
    );
  }
  return open.length;
};
