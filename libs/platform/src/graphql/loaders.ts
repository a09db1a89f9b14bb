import DataLoader from 'dataloader';

/** One request reads at most this many rows in one statement. */
const BATCH_MAX = 500;

export type BatchLoad<Row> = (ids: readonly string[]) => Promise<readonly Row[]>;

/** The data loaders of one request: never shared, so that nothing of one caller is ever seen by another. */
export class Loaders {
  private readonly byName = new Map<string, DataLoader<string, unknown>>();

  /** The row of this id, read together with the others asked for in the same tick; nothing when there is none. */
  async load<Row extends { id: string }>(
    name: string,
    id: string,
    batch: BatchLoad<Row>,
  ): Promise<Row | undefined> {
    let loader = this.byName.get(name) as DataLoader<string, Row | undefined> | undefined;
    if (!loader) {
      loader = new DataLoader<string, Row | undefined>(
        async (ids) => {
          const rows = new Map((await batch(ids)).map((row) => [row.id, row]));
          return ids.map((each) => rows.get(each));
        },
        { maxBatchSize: BATCH_MAX },
      );
      this.byName.set(name, loader);
    }
    return loader.load(id);
  }
}
