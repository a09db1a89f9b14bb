/** Stands for every host; taken in SANDBOX mode only, where nobody's card is typed. */
export const ANY_HOST = '*';

interface ReturnRules {
  readonly mode: 'SANDBOX' | 'LIVE';
  readonly returnHosts: readonly string[];
}

/** Whether a person may be sent to this address after typing a card: an open redirect would lend our link to anybody. */
export const mayReturnTo = ({ mode, returnHosts }: ReturnRules, address: string): boolean => {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && mode === 'SANDBOX');
  const isPlain = url.username === '' && url.password === '';
  return isWeb && isPlain && (returnHosts.includes(url.host) || returnHosts.includes(ANY_HOST));
};
