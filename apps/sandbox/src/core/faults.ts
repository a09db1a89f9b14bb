import { createHash } from 'node:crypto';
import { FATES, type FateMoment } from './fates.js';
import type { FaultMatch, FaultRule } from './fault-rule.js';
import type { Provider } from './ledger.js';

/** Something a fault can meet: a request, a scheduled payment, a webhook. */
export interface Occasion {
  provider: Provider;
  method: string;
  path: string;
  reference: string | null;
  account: string | null;
}

export interface Strike {
  rule: FaultRule;
  /** 0 to 1, as fixed as the fate itself: what a fate with a choice of its own draws from. */
  luck: number;
}

interface LiveRule {
  rule: FaultRule;
  path: RegExp | undefined;
  reference: RegExp | undefined;
  struck: number;
  seen: Map<string, { occasions: number; strikes: number }>;
}

const globOf = (pattern: string | undefined): RegExp | undefined => {
  if (pattern === undefined) return undefined;
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^(?:/portone|/nexi)?${escaped}/?$`);
};

/** 0 to 1 from hash(seed, reference, n): timing has no part in it. */
export const drawLuck = (seed: string, reference: string, n: number): number =>
  createHash('sha256').update(`${seed}\0${reference}\0${n}`).digest().readUInt32BE(0) / 2 ** 32;

/** The rules set by `POST /control/faults`; the first that meets an occasion strikes. */
export class Faults {
  private live: LiveRule[] = [];

  get isCalm(): boolean {
    return this.live.length === 0;
  }

  set(rules: readonly FaultRule[]): void {
    this.live = [];
    for (const rule of rules) this.add(rule);
  }

  add(rule: FaultRule): void {
    this.live.push({
      rule,
      path: globOf(rule.match.path),
      reference: globOf(rule.match.reference),
      struck: 0,
      seen: new Map(),
    });
  }

  list(): (FaultRule & { struck: number })[] {
    return this.live.map(({ rule, struck }) => ({ ...rule, struck }));
  }

  /** The n-th time a rule sees a reference decides by itself, whatever came between. */
  draw(occasion: Occasion, moments: readonly FateMoment[]): Strike | undefined {
    for (const live of this.live) {
      if (!moments.includes(FATES[live.rule.fate]) || !meets(live, occasion)) continue;
      const reference = occasion.reference ?? occasion.path;
      const seen = live.seen.get(reference) ?? { occasions: 0, strikes: 0 };
      live.seen.set(reference, seen);
      seen.occasions += 1;
      const luck = drawLuck(live.rule.seed, reference, seen.occasions);
      const share = live.rule.match.share ?? 1;
      if (luck >= share) continue;
      if (live.struck >= (live.rule.times ?? Infinity)) continue;
      if (seen.strikes >= (live.rule.timesPerReference ?? Infinity)) continue;
      live.struck += 1;
      seen.strikes += 1;
      return { rule: live.rule, luck: share === 0 ? 0 : luck / share };
    }
    return undefined;
  }

  /** How long after it was made a thing stays hidden from look-ups: one draw per reference, the same at every look. */
  lookupLagSeconds(occasion: Occasion): number {
    for (const live of this.live) {
      if (live.rule.fate !== 'lookup-lag' || !meets(live, { ...occasion, method: 'GET' })) continue;
      const luck = drawLuck(live.rule.seed, occasion.reference ?? occasion.path, 1);
      if (luck < (live.rule.match.share ?? 1)) return live.rule.options.seconds ?? 60;
    }
    return 0;
  }
}

const meets = (live: LiveRule, occasion: Occasion): boolean => {
  const match: FaultMatch = live.rule.match;
  if (live.rule.fate === 'lookup-down' && occasion.method !== 'GET') return false;
  return (
    (match.provider === undefined || match.provider === occasion.provider) &&
    (match.method === undefined || match.method === occasion.method) &&
    (match.account === undefined || match.account === occasion.account) &&
    (live.path === undefined || live.path.test(occasion.path)) &&
    (live.reference === undefined || live.reference.test(occasion.reference ?? ''))
  );
};
