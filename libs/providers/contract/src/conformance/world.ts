import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { FailureCode, Order } from '#kernel';
import type { AccountAccess, Capabilities } from '../account.js';
import type { ChargeQuestion, ChargeRequest, Outcome } from '../charge.js';
import type { Provider } from '../provider.js';
import type { SandboxClient } from './sandbox.client.js';

/** An adapter, an account of the sandbox, and the sandbox itself. */
export interface ConformanceSetting {
  readonly provider: Provider;
  readonly account: AccountAccess;
  readonly sandbox: SandboxClient;
  /** A currency the account takes. */
  readonly currency: string;
  /** The key of the account in the sandbox's clock: `imp_key`, or the secret key. */
  readonly accountKey: string;
}

/** One promise of the contract. */
export interface ConformanceCase {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** What the cases share: a setting, and short words for what they do all the time. */
export class World {
  readonly provider: Provider;
  readonly account: AccountAccess;
  readonly sandbox: SandboxClient;
  readonly capabilities: Capabilities;

  constructor(private readonly setting: ConformanceSetting) {
    this.provider = setting.provider;
    this.account = setting.account;
    this.sandbox = setting.sandbox;
    this.capabilities = setting.provider.capabilities(setting.account);
  }

  reference(): string {
    return randomBytes(12).toString('hex');
  }

  order(amountMinor = 9900): Order {
    return {
      orderId: `order-${randomBytes(6).toString('hex')}`,
      name: 'Tea & <biscuits> "월 구독"',
      amount: { amountMinor, currency: this.setting.currency },
      items: [],
    };
  }

  /**
   * A key whose card answers every charge so; the sandbox promises a card for each outcome it
   * knows.
   */
  async key(outcome: 'APPROVED' | FailureCode = 'APPROVED'): Promise<string> {
    const [key] = await this.keys(outcome, 1);
    assert.ok(key, `no key with a card that is ${outcome}`);
    return key;
  }

  async keys(outcome: 'APPROVED' | FailureCode, count: number): Promise<string[]> {
    const card = await this.sandbox.findCard(outcome);
    assert.ok(card, `no card that is ${outcome}`);
    return this.sandbox.makeKeys(card, count);
  }

  async request(fields: Partial<ChargeRequest> = {}): Promise<ChargeRequest> {
    return {
      providerReference: this.reference(),
      providerKey: fields.providerKey ?? (await this.key()),
      order: this.order(),
      ...fields,
    };
  }

  charge(request: ChargeRequest): Promise<Outcome> {
    return this.provider.sendCharge(
      this.account,
      this.provider.describeCharge(this.account, request),
    );
  }

  question(request: ChargeRequest, providerPaymentIds: string[] = []): ChargeQuestion {
    const { providerReference, providerKey, order } = request;
    const references = [{ reference: providerReference, providerKey }];
    return { references, order, providerPaymentIds };
  }

  find(request: ChargeRequest, ids: string[] = []): ReturnType<Provider['findPayments']> {
    return this.provider.findPayments(this.account, this.question(request, ids));
  }

  async capturesOf(order: Order): Promise<number> {
    const lines = await this.sandbox.ledgerOf(order.orderId);
    return lines.filter(({ kind }) => kind === 'CAPTURE').length;
  }

  async nowSeconds(): Promise<number> {
    return this.sandbox.nowSeconds(this.setting.accountKey);
  }

  /** Runs with one fault on this provider's POSTs, and takes it away again. */
  async under<T>(
    fault: Parameters<SandboxClient['addFault']>[0],
    run: () => Promise<T>,
  ): Promise<T> {
    await this.sandbox.addFault(fault);
    try {
      return await run();
    } finally {
      await this.sandbox.clearFaults();
    }
  }
}
