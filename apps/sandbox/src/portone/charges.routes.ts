import { done, failed, MESSAGES, type Answer } from './answer.js';
import type { ChargeOrder } from './charging.js';
import { keepCard } from './customers.routes.js';
import { declineOf, pgText } from './declines.js';
import { missing, textIn } from './fields.js';
import type { Call, Portone } from './portone.js';
import type { AddRoute } from './portone.routes.js';
import { mergeBuyers, readCard, readOrder, storedCardOf, type OrderFields } from './reading.js';
import type { StoredCard } from './rows.js';

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
  const order = orderOf(call, read.value, { customerUid, card: key.card });
  return answerOf(portone, call, {
    ...order,
    usage: 'payment',
    buyer: mergeBuyers(order.buyer, key.customer),
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
  if (failsAtRegistration && fate !== 'APPROVED' && fate !== 'LATE') {
    return failed(`${MESSAGES.cardRefused} ${pgText(declineOf(fate))}`, { code: -1 });
  }
  const mode = portone.charging.guardMode(call.strike);
  const { merchantUid } = read.value;
  if (portone.charging.isDuplicate({ account, merchantUid }, mode)) {
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
  const order = orderOf(call, read.value, { customerUid, card: storedCardOf(card.value) });
  return answerOf(portone, call, { ...order, usage: customerUid === null ? null : 'issue' });
};

const orderOf = (
  call: Call,
  fields: OrderFields,
  paidBy: { customerUid: string | null; card: StoredCard },
): ChargeOrder => ({
  ...fields,
  ...paidBy,
  account: call.account,
  usage: null,
  userAgent: call.userAgent,
});

const answerOf = async (portone: Portone, call: Call, order: ChargeOrder): Promise<Answer> => {
  const { payment, refusal } = await portone.charging.charge(order, call.strike);
  return refusal ?? done(portone.presentPayment(payment));
};
