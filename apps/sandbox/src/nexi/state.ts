import { createHash } from 'node:crypto';
import type { Collection, SandboxCore } from '../core/index.js';
import type {
  AgreementKind,
  AgreementRow,
  BulkProgressRow,
  BulkRow,
  HookSetRow,
  IdempotencyRow,
  PaymentRow,
  WebHook,
} from './model.js';

/** What every rule of the pretend Nexi works on. */
export interface Nexi {
  readonly core: SandboxCore;
  readonly state: NexiState;
}

const byId = { id: (row: { id: string }): string => row.id };

/** All that the pretend Nexi remembers, kept through the core's store. */
export class NexiState {
  readonly payments: Collection<PaymentRow>;
  readonly agreements: Collection<AgreementRow>;
  readonly bulks: Collection<BulkRow>;
  readonly progress: Collection<BulkProgressRow>;
  readonly idempotency: Collection<IdempotencyRow>;
  private readonly hookSets: Collection<HookSetRow>;
  /** Imported agreements by "account/kind/externalReference". */
  private readonly imported = new Map<string, string>();

  constructor({ store }: SandboxCore) {
    this.payments = store.collection<PaymentRow>('nexi-payments', byId);
    this.agreements = store.collection<AgreementRow>('nexi-agreements', byId);
    this.bulks = store.collection<BulkRow>('nexi-bulks', byId);
    this.progress = store.collection<BulkProgressRow>('nexi-bulk-progress', byId);
    this.idempotency = store.collection<IdempotencyRow>('nexi-idempotency', byId);
    this.hookSets = store.collection<HookSetRow>('nexi-hook-sets', byId);
    this.agreements.onPut((row) => {
      if (row.externalReference !== undefined)
        this.imported.set(`${row.account}/${row.kind}/${row.externalReference}`, row.id);
    });
  }

  /** The name under which these webhooks are kept; nothing when there are none. */
  keepHooks(hooks: readonly WebHook[]): string | undefined {
    if (hooks.length === 0) return undefined;
    const id = createHash('sha256').update(JSON.stringify(hooks)).digest('base64url').slice(0, 22);
    if (!this.hookSets.get(id)) this.hookSets.put({ id, hooks });
    return id;
  }

  hooksOf(id: string | undefined): readonly WebHook[] {
    return (id !== undefined && this.hookSets.get(id)?.hooks) || [];
  }

  findAgreement(account: string, kind: AgreementKind, id: string): AgreementRow | undefined {
    const row = this.agreements.get(id);
    return row?.account === account && row.kind === kind ? row : undefined;
  }

  findImported(account: string, kind: AgreementKind, reference: string): AgreementRow | undefined {
    const id = this.imported.get(`${account}/${kind}/${reference}`);
    return id === undefined ? undefined : this.agreements.get(id);
  }

  reset(): void {
    this.imported.clear();
  }
}
