import type { AppendLog } from './append-log.js';
import type { Provider } from './ledger.js';

export interface ReceivedRequest {
  /** RFC 3339, real time. */
  time: string;
  provider: Provider;
  method: string;
  /** Without the query, which may carry a token. */
  path: string;
  /** What the request was about: merchant_uid, imp_uid, customer_uid, Idempotency-Key, externalBulkChargeId, paymentId … */
  reference: string | null;
  account: string | null;
  /** The fault that met it, when one did. */
  fate?: string;
}

/** Every provider request that arrived, in order of arrival. */
export class Requests {
  constructor(private readonly log: AppendLog) {}

  get count(): number {
    return this.log.count;
  }

  append(request: ReceivedRequest): void {
    const { time, provider, method, path, reference, account, fate } = request;
    // Written at every request: only what a stranger chose needs quoting.
    const about = `"reference":${JSON.stringify(reference)},"account":${JSON.stringify(account)}`;
    const end = fate === undefined ? '}' : `,"fate":"${fate}"}`;
    const start = `{"time":"${time}","provider":"${provider}","method":"${method}"`;
    this.log.append(`${start},"path":${JSON.stringify(path)},${about}${end}`);
  }

  lines(): AsyncIterable<string> {
    return this.log.lines();
  }

  clear(): void {
    this.log.truncate();
  }
}
