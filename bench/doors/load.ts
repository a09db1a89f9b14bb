import { Pool } from 'undici';

/** What a visitor sends; the number makes each request another one. */
export interface Knock {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** So many requests over so many connections, each sent when the one before on its connection was answered. One that is not accepted ends the run: a
 * rate of refusals says nothing. */
export const knock = async (
  url: string,
  {
    count,
    connections,
    request,
    isAccepted,
  }: {
    readonly count: number;
    readonly connections: number;
    readonly request: (n: number) => Knock;
    readonly isAccepted: (body: string) => boolean;
  },
): Promise<Load> => {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const tookMs: number[] = [];
  let next = 0;
  const visit = async (): Promise<void> => {
    for (;;) {
      const n = next++;
      if (n >= count) return;
      const began = performance.now();
      const { statusCode, body } = await pool.request(request(n));
      const text = await body.text();
      tookMs.push(performance.now() - began);
      if (statusCode !== 200 || !isAccepted(text))
        throw new Error(`expected an accepted request, found HTTP ${statusCode}: ${text}`);
    }
  };
  try {
    const began = performance.now();
    await Promise.all(Array.from({ length: connections }, visit));
    const seconds = (performance.now() - began) / 1_000;
    const sorted = tookMs.toSorted((a, b) => a - b);
    return {
      perSecond: count / seconds,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
    };
  } finally {
    await pool.close();
  }
};
