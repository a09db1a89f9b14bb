import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { queryText } from './access.js';
import { acceptBulk } from './bulk.js';
import { presentBulk } from './bulk.present.js';
import {
  readBulkCharge,
  readBulkVerification,
  readIdempotencyKey,
  readPage,
} from './bulk.request.js';
import { FAMILIES, type Family } from './families.js';
import { normalizeId, relatedId } from './ids.js';
import type { AgreementRow, BulkRow } from './model.js';
import { presentAgreement } from './present.js';
import { isObject, propertyOf } from './reader.js';
import { invalid, notFound } from './refusal.js';
import {
  chargeOnce,
  idempotencyId,
  isInRace,
  paidLateSecondsOf,
  RACE_MS,
  replayModeOf,
  type ReplayMode,
} from './single-charge.js';
import type { Nexi } from './state.js';

type ById = { Params: { id: string } };
type ByBulk = { Params: { bulkId: string } };

const getAgreement = (nexi: Nexi, request: FastifyRequest<ById>, family: Family): AgreementRow => {
  const id = normalizeId(request.params.id);
  const row = id && nexi.state.findAgreement(request.nexiAccount, family.kind, id);
  if (!row) throw notFound();
  return row;
};

const getImported = (nexi: Nexi, request: FastifyRequest, family: Family): AgreementRow => {
  const reference = queryText(request, 'externalReference');
  if (reference === undefined) throw invalid('externalReference', 'The field is required.');
  const row = nexi.state.findImported(request.nexiAccount, family.kind, reference);
  if (!row) throw notFound();
  return row;
};

/** Reading, charging and verifying agreements, in both families. */
export const registerAgreements = (app: FastifyInstance, nexi: Nexi): void => {
  for (const family of FAMILIES) {
    addReads(app, nexi, family);
    addSingleCharge(app, nexi, family);
    addBulkWork(app, nexi, { family, work: 'charges' });
    addBulkWork(app, nexi, { family, work: 'verifications' });
  }
};

const addReads = (app: FastifyInstance, nexi: Nexi, family: Family): void => {
  app.get(family.path, (request, reply) =>
    reply.send(presentAgreement(getImported(nexi, request, family))),
  );
  // The official client names the reference in the query, and something in the path as well.
  app.get<ById>(`${family.path}/:id`, (request, reply) => {
    const isByReference = queryText(request, 'externalReference') !== undefined;
    const row = isByReference
      ? getImported(nexi, request, family)
      : getAgreement(nexi, request, family);
    return reply.send(presentAgreement(row));
  });
};

/** How long the charge under this key stays hidden from those who ask, by a fault. */
const isHiddenYet = (
  { core }: Nexi,
  request: FastifyRequest,
  of: { reference: string; atMs: number },
): boolean => {
  if (core.faults.isCalm) return false;
  const account = request.nexiAccount;
  const lag = core.faults.lookupLagSeconds({
    provider: 'NEXI',
    method: 'GET',
    path: request.url.split('?')[0] ?? '',
    reference: of.reference,
    account,
  });
  return core.clock.nowMs(account) < of.atMs + lag * 1000;
};

/** The provider documents amounts that answer late, and not which: a switch names one. */
const slownessMs = ({ core }: Nexi, body: unknown): number => {
  const slowAmount = core.switches.get('nexiSlowAmount');
  if (slowAmount === 0 || !isObject(body)) return 0;
  const order = propertyOf(body, 'order');
  const isSlow = isObject(order) && propertyOf(order, 'amount') === slowAmount;
  return isSlow ? Number(core.switches.get('nexiSlowMs')) : 0;
};

const addSingleCharge = (app: FastifyInstance, nexi: Nexi, family: Family): void => {
  app.post<ById>(`${family.path}/:id/charges`, (request, reply) => {
    const key = readIdempotencyKey(request.headers['idempotency-key'], false);
    const agreement = getAgreement(nexi, request, family);
    const drawn = replayModeOf(nexi, request);
    const isRacing = isInRace(nexi, { target: agreement.id, key, mode: drawn });
    const mode = isRacing ? 'none' : drawn;
    if (isRacing) request.leaveKey?.();
    const seconds = paidLateSecondsOf(request.strike);
    const answer = (): FastifyReply =>
      reply.send(
        chargeOnce(nexi, agreement, {
          body: request.body,
          key,
          mode,
          ...(seconds === undefined ? {} : { paidLateSeconds: seconds }),
        }),
      );
    const waitMs = slownessMs(nexi, request.body) + (isRacing ? RACE_MS : 0);
    return waitMs === 0 ? answer() : wait(waitMs).then(answer);
  });

  // 404 for an unknown key and for a declined one alike: it proves nothing.
  app.get<ById>(`${family.path}/:id/charges/status`, (request, reply) => {
    const key = readIdempotencyKey(request.headers['idempotency-key'], true) ?? '';
    const agreement = getAgreement(nexi, request, family);
    const made = nexi.state.idempotency.get(idempotencyId(agreement.id, key))?.made;
    const payment = made === undefined ? undefined : nexi.state.payments.get(made);
    if (!payment || payment.decline !== undefined) throw notFound();
    if (isHiddenYet(nexi, request, { reference: key, atMs: payment.atMs })) throw notFound();
    return reply.send({
      paymentId: payment.id,
      chargeId: relatedId(payment.id, 'charge', 0),
      completed: true,
    });
  });
};

/** What a repeated external id answers: the first operation, an error, or nothing of the past. */
const findEarlierBulk = (
  nexi: Nexi,
  of: { id: string; mode: ReplayMode; field: string },
): BulkRow | undefined => {
  const made = of.mode === 'none' ? undefined : nexi.state.idempotency.get(of.id)?.made;
  const earlier = made === undefined ? undefined : nexi.state.bulks.get(made);
  if (earlier && of.mode === 'error') throw invalid(of.field, 'This id was used before.');
  return earlier;
};

const addBulkWork = (
  app: FastifyInstance,
  nexi: Nexi,
  { family, work }: { family: Family; work: BulkRow['work'] },
): void => {
  const isCharge = work === 'charges';
  const field = isCharge ? 'externalBulkChargeId' : 'externalBulkVerificationId';
  app.post(`${family.path}/${work}`, (request, reply) => {
    const account = request.nexiAccount;
    const read = isCharge ? readBulkCharge : readBulkVerification;
    const bulkRequest = read(request.body, family);
    const { externalId } = bulkRequest;
    const id = externalId && idempotencyId(`${account}/${family.kind}/${work}`, externalId);
    const mode = replayModeOf(nexi, request);
    const earlier = id ? findEarlierBulk(nexi, { id, mode, field }) : undefined;
    const bulk = earlier ?? acceptBulk(nexi, bulkRequest, { account, family, work });
    if (id && !earlier) nexi.state.idempotency.put({ id, made: bulk.id });
    return reply.code(202).send({ bulkId: bulk.id });
  });

  app.get<ByBulk>(`${family.path}/${work}/:bulkId`, (request, reply) => {
    const { switches } = nexi.core;
    const page = readPage(request.query as Record<string, unknown>, {
      pageSize: Number(switches.get('nexiPageSize')),
      firstPage: Number(switches.get('nexiFirstPage')),
    });
    const bulk = nexi.state.bulks.get(normalizeId(request.params.bulkId) ?? '');
    const isTheirs =
      bulk?.account === request.nexiAccount && bulk.kind === family.kind && bulk.work === work;
    if (!bulk || !isTheirs) throw notFound();
    return reply.send(presentBulk(nexi, bulk, page));
  });
};
