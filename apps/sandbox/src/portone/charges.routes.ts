import { done, failed, MESSAGES, type Answer } from './answer.js';
import type { ChargeOrder, ChargeResult } from './charging.js';
import { keepCard } from './customers.routes.js';
import { declineOf, pgText } from './declines.js';
import { missing, textIn } from './fields.js';
import type { AddRoute, Call, Portone } from './portone.js';
import { mergeBuyers, readCard, readOrder, storedCardOf } from './reading.js';
import { isDecline } from './test-cards.js';

export const addChargeRoutes = (add: AddRoute, portone: Portone): void => {
  add('POST', '/subscribe/payments/onetime', (call) => chargeCard(portone, call));
  // The old route for cards from abroad: the same with less asked.
  add('POST', '/subscribe/payments/foreign', (call) => chargeCard(portone, call));
  add('POST', '/subscribe/payments/again', (call) => chargeKey(portone, call));
};

const chargeKey = (portone: Portone, call: Call): Answer | Promise<Answer> => {
  const { account, body } = call;
  const customerUid = textIn(body, 'customer_uid');
  if (customerUid === undefined) return missing('customer_uid');
  const read = readOrder(body);
  if (read.problem) return read.problem;
  const key = portone.state.findKey(account.key, customerUid);
  if (!key) {
    const code = Number(portone.core.switches.get('portoneUnknownBuyerCode'));
    return failed(MESSAGES.unknownBuyer, { code });
  }
  return pay(portone, call, {
    account,
    customerUid,
    usage: 'payment',
    card: key.card,
    buyer: mergeBuyers(read.value.buyer, key.customer),
    userAgent: call.userAgent,
    order: read.value,
  });
};

const chargeCard = (portone: Portone, call: Call): Answer | Promise<Answer> => {
  const { account, body } = call;
  const read = readOrder(body);
  if (read.problem) return read.problem;
  const card = readCard(body);
  if (card.problem) return card.problem;
  if (!card.value) return failed(`${MESSAGES.cardRefused} ${MESSAGES.invalidCard}`, { code: -1 });
  const { fate, failsAtRegistration } = card.value;
  if (failsAtRegistration && isDecline(fate)) {
    return failed(`${MESSAGES.cardRefused} ${pgText(declineOf(fate))}`, { code: -1 });
  }
  const mode = portone.charging.guardMode(call.strike);
  const { merchantUid } = read.value;
  if (portone.charging.isDuplicate(account, merchantUid, mode)) {
    return failed(MESSAGES.alreadyOrdered);
  }
  const customerUid = textIn(body, 'customer_uid') ?? null;
  if (customerUid !== null) {
    const kept = keepCard(
      portone,
      { account: account.key, customerUid, body },
      MESSAGES.cardRefused,
    );
    if ('problem' in kept) return kept.problem;
  }
  return pay(portone, call, {
    account,
    customerUid,
    usage: customerUid === null ? null : 'issue',
    card: storedCardOf(card.value),
    buyer: read.value.buyer,
    userAgent: call.userAgent,
    order: read.value,
  });
};

const pay = (portone: Portone, call: Call, order: ChargeOrder): Answer | Promise<Answer> => {
  const result = portone.charging.charge(order, call.strike);
  return result instanceof Promise
    ? result.then((it) => answerOf(portone, it))
    : answerOf(portone, result);
};

const answerOf = (portone: Portone, { payment, refusal }: ChargeResult): Answer =>
  refusal ?? done(portone.presentPayment(payment));
