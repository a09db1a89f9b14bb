/** Card networks count how often a declined payment is tried again, and fine whoever goes on. */
export const NETWORKS = ['VISA', 'MASTERCARD', 'OTHER'] as const;
export type Network = (typeof NETWORKS)[number];

/** So many declines of one card, account and amount within the window; from that day on. */
export interface NetworkRule {
  readonly network: Network;
  readonly windowHours: number;
  readonly declinesMax: number;
  /** The first day it holds, and the day another one took its place. */
  readonly from: string;
  readonly until?: string;
  readonly source: string;
}

const DAY = 24;
const BEGINNING = '2000-01-01';

/**
 * Data, not code: a network changes its figures by a letter. Sources are the notices of acquirers
 * and providers, since the networks publish to their members only. A card whose network is not
 * known is held to the tightest.
 */
export const NETWORK_RULES: readonly NetworkRule[] = [
  {
    ...{ network: 'VISA', windowHours: 30 * DAY, declinesMax: 15 },
    ...{ from: BEGINNING, until: '2025-05-25' },
    source: 'Nexi Checkout, “Manage subscription retries”: 15 in 30 days',
  },
  {
    ...{ network: 'VISA', windowHours: 30 * DAY, declinesMax: 20, from: '2025-05-25' },
    source: 'Cielo, changelog of 2025; Checkout.com, notice for 2026-04-25: 20 in 30 days',
  },
  {
    ...{ network: 'MASTERCARD', windowHours: DAY, declinesMax: 10, from: BEGINNING },
    source: 'Dintero; TabaPay, “Excessive Authorization Attempts”: 10 in 24 hours',
  },
  {
    ...{ network: 'MASTERCARD', windowHours: 30 * DAY, declinesMax: 35, from: BEGINNING },
    source: 'Peach Payments; TabaPay: 35 in 30 days',
  },
  {
    ...{ network: 'OTHER', windowHours: DAY, declinesMax: 10, from: BEGINNING },
    source: 'the tightest of the others',
  },
  {
    ...{ network: 'OTHER', windowHours: 30 * DAY, declinesMax: 15, from: BEGINNING },
    source: 'the tightest of the others',
  },
];

/** The longest window of all: what is older is no longer counted. */
export const LEDGER_DAYS = 30;

/** Providers spell the brand of a card each in its own way. */
export const networkOf = (brand: string | null): Network => {
  const name = (brand ?? '').toUpperCase().replace(/[^A-Z]/g, '');
  if (name.startsWith('VISA')) return 'VISA';
  return name.startsWith('MASTER') || name === 'MC' ? 'MASTERCARD' : 'OTHER';
};

/** The rules of a network that hold on the day of an instant (UTC). */
export const rulesAt = (network: Network, at: Date): NetworkRule[] => {
  const day = at.toISOString().slice(0, 10);
  return NETWORK_RULES.filter(
    (rule) =>
      rule.network === network &&
      rule.from <= day &&
      (rule.until === undefined || day < rule.until),
  );
};
