import type { FailureCode } from '#kernel';
import type { Provider } from './ledger.js';

/** A card number with a fixed fate. */
export interface MagicCard {
  provider: Provider;
  number: string;
  outcome: 'APPROVED' | FailureCode;
  description: string;
  /** Present when the card fails already at registration. */
  at?: 'REGISTRATION';
}

/** The list of `GET /control/cards`: cards that register first, those that don't after them. */
export const inListOrder = (cards: readonly MagicCard[]): MagicCard[] => [
  ...cards.filter((card) => card.at === undefined),
  ...cards.filter((card) => card.at === 'REGISTRATION'),
];
