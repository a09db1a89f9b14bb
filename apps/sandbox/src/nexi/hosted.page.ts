import { toMajor } from '#kernel';
import type { PaymentRow } from './model.js';

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0; display: grid; place-items: center; min-height: 100vh; }
main { width: min(26rem, 100% - 2rem); padding: 1.5rem 0; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; }
td { padding: .25rem 0; vertical-align: top; } td:last-child { text-align: right; }
tfoot td { border-top: 1px solid; font-weight: 600; }
label { display: block; margin: .75rem 0 0; }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
button { font: inherit; font-weight: 600; width: 100%; padding: .65rem; margin-top: 1.25rem; }
[role=alert] { border-left: .3rem solid #c62828; padding: .5rem .75rem; }
[role=status] { border-left: .3rem solid #2e7d32; padding: .5rem .75rem; }
.note { font-size: .85rem; opacity: .8; }`;

/** No script and nothing from elsewhere: whatever a merchant wrote into an order stays text. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const frame = (title: string, content: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>${content}
<p class="note">This is a sandbox: no real card, no real money. Test cards are listed at
<a href="/control/cards">/control/cards</a>.</p></main></body></html>`;

const amountText = (amountMinor: number, currency: string): string =>
  `${toMajor({ amountMinor, currency })} ${escapeHtml(currency)}`;

const summary = ({ order }: PaymentRow): string => {
  const rows = order.items.map(
    (item) =>
      `<tr><td>${escapeHtml(item.name)}</td>` +
      `<td>${amountText(item.grossTotalAmount, order.currency)}</td></tr>`,
  );
  return `<table><tbody>${rows.join('')}</tbody><tfoot><tr><td>To pay now</td>
<td id="amount">${amountText(order.amount, order.currency)}</td></tr></tfoot></table>`;
};

const titleOf = (payment: PaymentRow): string => {
  if (payment.checkout?.wish?.id !== undefined) return 'Update your card';
  return payment.order.amount === 0 ? 'Register your card' : 'Pay by card';
};

const cancelLink = ({ checkout }: PaymentRow): string =>
  checkout?.cancelUrl === undefined
    ? ''
    : `<p><a id="cancel" href="${escapeHtml(checkout.cancelUrl)}">Cancel and go back</a></p>`;

/** The form of a card; `problem` says why the last try did not work. */
export const cardPage = (payment: PaymentRow, problem?: string): string =>
  frame(
    titleOf(payment),
    `${problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`}
${summary(payment)}
<form method="post" autocomplete="off">
<label>Card number <input name="cardNumber" id="cardNumber" inputmode="numeric" required
 maxlength="23" placeholder="4925 0000 0000 0004"></label>
<div class="row"><label>Expires (MM/YY) <input name="expiry" id="expiry" inputmode="numeric"
 required maxlength="7" placeholder="12/29"></label>
<label>Security code <input name="cvc" id="cvc" inputmode="numeric" required maxlength="4"
 placeholder="123"></label></div>
<button type="submit" id="submit">${titleOf(payment)}</button></form>
<p class="note">The merchant may charge this card later, as agreed in its terms.</p>
${cancelLink(payment)}`,
  );

/** The bank's question before some cards are taken. */
export const challengePage = (
  payment: PaymentRow,
  card: { number: string; expiry: string; cvc: string },
): string => {
  const hidden = Object.entries({ cardNumber: card.number, expiry: card.expiry, cvc: card.cvc })
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('');
  const { amount, currency } = payment.order;
  return frame(
    'Your bank asks',
    `<p>Is it you who gives this card for ${amountText(amount, currency)}?</p>
<form method="post">${hidden}<input type="hidden" name="challenge" value="accept">
<button type="submit" id="confirm">Yes, it is me</button></form>
<form method="post">${hidden}<input type="hidden" name="challenge" value="refuse">
<button type="submit" id="refuse">No</button></form>`,
  );
};

export const messagePage = (title: string, text: string, link?: string): string =>
  frame(
    title,
    `<p role="status">${escapeHtml(text)}</p>${
      link === undefined
        ? ''
        : `<p><a id="return" href="${escapeHtml(link)}">Back to the shop</a></p>`
    }`,
  );
