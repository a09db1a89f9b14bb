import type { FastifyInstance } from 'fastify';
import { newId } from './ids.js';
import type { AgreementKind, AgreementRow } from './model.js';
import { rootReader } from './payment.request.js';
import { invalid } from './refusal.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';
import { defaultExpiry, parseTime } from './times.js';

/**
 * What no merchant can do and the provider's staff can: bring agreements in from another platform,
 * with the names they had there; also scheduled ones, which have no other way in than a checkout.
 */
export const registerImports = (app: FastifyInstance, nexi: Nexi): void => {
  app.post('/agreements', (request, reply) => {
    const root = rootReader(request.body);
    const kind = root.text('kind', {
      pattern: /^(unscheduled|scheduled)$/,
      expected: 'unscheduled or scheduled',
    });
    const number = root.text('cardNumber', { required: true });
    const externalReference = root.text('externalReference', { max: 128 });
    const interval = root.int32('interval', { min: 0 });
    const endDate = root.text('endDate');
    const endAtMs = endDate === undefined ? undefined : parseTime(endDate);
    const card = number === undefined ? undefined : findTestCard(number);
    if (number !== undefined && !card) root.refuse('cardNumber', 'Expected a listed test card.');
    if (endDate !== undefined && endAtMs === undefined) root.refuse('endDate', 'Expected a time.');
    root.problems.throwIfAny();
    if (!card) throw invalid('cardNumber', 'Expected a listed test card.');
    const account = request.nexiAccount;
    const atMs = nexi.core.clock.nowMs(account);
    const row: AgreementRow = {
      id: newId('agreement'),
      account,
      kind: (kind ?? 'unscheduled') as AgreementKind,
      card: `${card.number}/${defaultExpiry(atMs)}`,
      atMs,
      ...(externalReference === undefined ? {} : { externalReference }),
      ...(interval === undefined ? {} : { interval }),
      ...(endAtMs === undefined ? {} : { endAtMs }),
    };
    nexi.state.agreements.put(row);
    return reply.code(201).send({ id: row.id });
  });
};
