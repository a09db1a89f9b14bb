import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, Transaction } from '../../libs/platform/src/database/index.js';

/** Where the plans of hot queries are kept. */
const FOLDER = join('docs', 'performance');

export interface HotQuery {
  readonly name: string;
  readonly why: string;
  run(tx: Transaction): Promise<unknown>;
}

/** As the app itself runs it, under row-level security: the plan that was really taken, with what it touched. */
const explain = async (
  database: Database,
  merchantId: string,
  query: HotQuery,
): Promise<string[]> => {
  const plans: string[] = [];
  await database.withMerchant(merchantId, async (tx) => {
    const explaining: Transaction = {
      ...tx,
      query: async <Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> => {
        const lines = await tx.query<Record<'QUERY PLAN', string>>(
          `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) ${sql}`,
          parameters,
        );
        plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
        return [];
      },
    };
    await query.run(explaining);
  });
  return plans;
};

/** Writes docs/performance/<title>.md with the plan of each query. */
export const keepPlans = async (
  database: Database,
  merchantId: string,
  { title, intro, queries }: { title: string; intro: string; queries: readonly HotQuery[] },
): Promise<void> => {
  const parts: string[] = [`# ${title}`, intro];
  for (const query of queries) {
    const plans = await explain(database, merchantId, query);
    parts.push(`## ${query.name}`, query.why);
    for (const plan of plans) parts.push(`\`\`\`\n${plan}\n\`\`\``);
  }
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${title.toLowerCase().replaceAll(' ', '-')}.md`);
  await writeFile(file, `${parts.join('\n\n')}\n`);
};
