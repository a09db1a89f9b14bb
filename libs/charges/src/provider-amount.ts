import { isAmountMinor } from '#kernel';
import { refusal, type Refusal } from '#merchants';
import type { Provider } from '#providers/contract';

/** What the provider cannot be asked for is refused when it is ordered, not found out when it falls due. What no order may be of is said
 * by the order's own check. */
export const checkProviderAmount = (
  amountMinor: number,
  { name, amountMaxMinor }: Pick<Provider, 'name' | 'amountMaxMinor'>,
  field: readonly string[],
): Refusal<'INVALID_AMOUNT'>[] =>
  isAmountMinor(amountMinor) && amountMinor > amountMaxMinor
    ? [
        refusal(
          'INVALID_AMOUNT',
          field,
          `expected at most ${amountMaxMinor} minor units, which ${name} takes; found ${amountMinor}`,
        ),
      ]
    : [];
