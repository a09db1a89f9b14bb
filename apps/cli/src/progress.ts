import { SingleBar } from 'cli-progress';

/** Long work shown on the way: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** `work` is handed the means to say how much is done. */
  run<T>(title: string, total: number, work: (report: Report) => Promise<T>): Promise<T>;
  /** A sentence between the bars. */
  say(sentence: string): void;
}
export type Report = (done: number) => void;

/** So that the bars stand under each other. */
const TITLE_WIDTH = 42;
/** Often enough to see it live, rare enough for a log. */
const LOG_SCHEDULE_MS = 5_000;

/** Writes to stderr: what is asked for goes to stdout. */
export const createProgress = (stream: NodeJS.WriteStream = process.stderr): Progress => ({
  run: async (title, total, work) => {
    const bar = new SingleBar({
      format: `${title.padEnd(TITLE_WIDTH)} {bar} {value}/{total}  {duration_formatted}`,
      barsize: 24,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      stream,
      noTTYOutput: true,
      notTTYSchedule: LOG_SCHEDULE_MS,
    });
    bar.start(total, 0);
    try {
      return await work((count) => bar.update(count));
    } finally {
      bar.stop();
    }
  },
  say: (sentence) => void stream.write(`${sentence}\n`),
});

/** For `--json`, and for whoever asks for quiet. */
export const noProgress: Progress = {
  run: (_title, _total, work) => work(() => undefined),
  say: () => undefined,
};
