import { randomBytes } from 'node:crypto';
import type { Account, Collection, SandboxCore } from '../core/index.js';

interface TokenRow {
  account: string;
  token: string;
  /** Unix seconds, real time. */
  expiresAt: number;
}

/** PortOne's own figures: half an hour, and five minutes more when asked in the last one. */
const LIFE_SECONDS = 30 * 60;
const LAST_SECONDS = 60;
const EXTENSION_SECONDS = 5 * 60;

/** One token per account, the same for all who ask; on real time whatever the account's clock shows. */
export class Tokens {
  private readonly rows: Collection<TokenRow>;
  private readonly byToken = new Map<string, TokenRow>();

  constructor(
    { store }: SandboxCore,
    private readonly nowSeconds: () => number = () => Math.floor(Date.now() / 1000),
  ) {
    this.rows = store.collection<TokenRow>('portone-tokens', { id: (row) => row.account });
    this.rows.onPut((row) => this.byToken.set(row.token, row));
  }

  issue(account: Account): { access_token: string; expired_at: number; now: number } {
    const now = this.nowSeconds();
    const held = this.rows.get(account.key);
    let row = held;
    if (!row || row.expiresAt <= now) {
      if (held) this.byToken.delete(held.token);
      const token = randomBytes(20).toString('hex');
      row = { account: account.key, token, expiresAt: now + LIFE_SECONDS };
      this.rows.put(row);
    } else if (row.expiresAt - now < LAST_SECONDS) {
      row.expiresAt += EXTENSION_SECONDS;
      this.rows.put(row);
    }
    return { access_token: row.token, expired_at: row.expiresAt, now };
  }

  /** The account the token speaks for, while it lives. */
  accountOf(token: string): string | undefined {
    const row = this.byToken.get(token);
    return row && row.expiresAt > this.nowSeconds() ? row.account : undefined;
  }

  /** An emptied world keeps its tokens: they are credentials, not state. */
  keepThroughReset(): void {
    for (const row of this.byToken.values()) this.rows.put(row);
  }
}
