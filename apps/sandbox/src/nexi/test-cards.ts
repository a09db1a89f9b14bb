import type { FailureCode } from '#kernel';
import { declineOf } from './declines.js';

/**
 * A card of the pretend network. `chargeCode`: its answer to each charge of an agreement;
 * `registrationCode`: to the registration.
 */
export interface TestCard {
  readonly number: string;
  readonly paymentMethod: string;
  readonly description: string;
  readonly chargeCode?: string;
  readonly registrationCode?: string;
  /**
   * Answers charges of an ordinary reservation only; as an agreement it works (the vendor's …0079).
   */
  readonly captureCode?: string;
}

const approved = (number: string, paymentMethod: string, description: string): TestCard => ({
  number,
  paymentMethod,
  description,
});

const declining = (number: string, chargeCode: string, paymentMethod = 'Visa'): TestCard => {
  const { code, meaning } = declineOf(chargeCode);
  const description = `registers, then each charge answers ${code}: ${meaning}`;
  return { number, paymentMethod, chargeCode, description };
};

const refusing = (number: string, registrationCode: string, description: string): TestCard => ({
  number,
  paymentMethod: 'Visa',
  registrationCode,
  description,
});

/**
 * The vendor's own test cards are marked; the others follow their pattern and pass the Luhn check.
 */
export const TEST_CARDS: readonly TestCard[] = [
  approved('4925000000000004', 'Visa', 'Visa, approved (vendor test card)'),
  approved('5413000000000000', 'MasterCard', 'MasterCard, approved (vendor test card)'),
  approved('4268270087374847', 'Visa', 'Visa, approved (seen in use)'),
  approved('4925000000000061', 'Visa', 'Visa, approved (seen in use)'),
  approved('5213199803453465', 'MasterCard', 'MasterCard, approved (seen in use)'),
  approved(
    '5544330000000235',
    'MasterCard',
    'MasterCard, approved after a challenge (seen in use)',
  ),
  approved('376000000000006', 'AmericanExpress', 'American Express, approved'),
  approved('5019000000000008', 'Dankort', 'Dankort, approved'),
  approved('6766000000000001', 'Maestro', 'Maestro, approved'),
  {
    number: '4925000000000079',
    paymentMethod: 'Visa',
    captureCode: '05',
    description: 'agreement charges approved; capture of an ordinary reservation fails (vendor)',
  },
  declining('4925000000000517', '51'),
  declining('5413000000000513', '51', 'MasterCard'),
  declining('4925000000000616', '61'),
  declining('4925000000000657', '65'),
  declining('4925000000000053', '05'),
  declining('4925000000000418', '41'),
  declining('4925000000000434', '43'),
  declining('4925000000000145', '14'),
  declining('5413000000000141', '14', 'MasterCard'),
  declining('4925000000000152', '15'),
  declining('4925000000000541', '54'),
  declining('4925000000000590', '59'),
  declining('4925000000001218', '1A'),
  declining('4925000000000913', '91'),
  declining('4925000000000962', '96'),
  declining('4925000000003115', '13'),
  declining('4925000000001036', '03'),
  declining('4925000000001317', '1031'),
  declining('4925000000001994', 'Internal 99'),
  refusing('4925000000000087', '05', 'the reservation fails (vendor test card)'),
  refusing('4925000000003123', '54', 'the issuer calls the card expired at registration'),
  refusing('4925000000003131', '1A', 'the cardholder fails the authentication at registration'),
];

const BY_NUMBER = new Map(TEST_CARDS.map((card) => [card.number, card]));

export const findTestCard = (number: string): TestCard | undefined =>
  BY_NUMBER.get(number.replace(/[\s-]/g, ''));

export const outcomeOf = (card: TestCard): 'APPROVED' | FailureCode => {
  const code = card.registrationCode ?? card.chargeCode;
  return code === undefined ? 'APPROVED' : declineOf(code).outcome;
};

/** First 8 and last 4 digits, as the real platform shows them ("49250000****0079"). */
export const maskPan = (number: string): string => `${number.slice(0, 8)}****${number.slice(-4)}`;
