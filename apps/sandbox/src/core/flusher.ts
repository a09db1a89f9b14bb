interface Sink {
  readonly hasUnwritten: boolean;
  write(): void;
}

/**
 * Writes what one turn of the event loop changed in one go, before any of its answers leaves. The order of the sinks is
 * the order of truth: the journal first.
 */
export class Flusher {
  private writing: Promise<void> | undefined;

  constructor(private readonly sinks: readonly Sink[]) {}

  /** Resolves once everything so far is in the hands of the operating system; nothing when there is nothing to wait for. */
  flush(): Promise<void> | undefined {
    if (this.writing) return this.writing;
    if (!this.sinks.some((sink) => sink.hasUnwritten)) return undefined;
    this.writing = new Promise((resolve, reject) => {
      setImmediate(() => {
        this.writing = undefined;
        try {
          for (const sink of this.sinks) sink.write();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    return this.writing;
  }
}
