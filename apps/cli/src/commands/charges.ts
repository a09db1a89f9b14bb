import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Charge } from '#client';
import { toMajor } from '#kernel';
import { CliFailure } from '../cli-failure.js';
import type { Run } from '../command-context.js';

const table = (head: string[], rows: string[][]): string => {
  const drawn = new Table({ head, style: { head: [], border: [] } });
  drawn.push(...rows);
  return drawn.toString();
};

/** Everything that is known of a charge, beginning with the sentence a support person needs. */
const renderCharge = (charge: Charge): string => {
  const { amount, attempts, explanation, id, orderId, refunds, status, timeline } = charge;
  const money = ({ amount: amountMinor, currency }: Charge['amount']) =>
    `${toMajor({ amountMinor, currency })} ${currency}`;
  return [
    `${id}  order ${orderId}  ${money(amount)}  ${status}`,
    explanation,
    '',
    table(
      ['when', 'from', 'to', 'why'],
      timeline.map(({ at, cause, from, to }) => [at, from ?? '', to, cause]),
    ),
    ...(attempts.length === 0
      ? []
      : [
          table(
            ['attempt', 'sent', 'provider reference', 'outcome', 'failure'],
            attempts.map((it) => [
              String(it.number),
              it.sentAt ?? '',
              it.providerReference,
              it.outcome ?? 'under way',
              it.failureCode ?? '',
            ]),
          ),
        ]),
    ...(refunds.length === 0
      ? []
      : [
          table(
            ['refund', 'status', 'amount', 'origin'],
            refunds.map((it) => [it.id, it.status, money(it.amount), it.origin]),
          ),
        ]),
  ].join('\n');
};

export const addChargeCommands = (program: Command, run: Run): void => {
  program
    .command('charge')
    .description('single charges')
    .command('explain <id>')
    .description('why a charge is where it is and what comes next; by its id or its order id')
    .action(
      run(async (context, id: string) => {
        const by = id.startsWith('ch_') ? { id } : { orderId: id };
        const charge = await (await context.client()).charge(by);
        if (!charge) throw new CliFailure(`expected a charge of yours, found none for ${id}`);
        return { value: charge, text: renderCharge(charge) };
      }),
    );
};
