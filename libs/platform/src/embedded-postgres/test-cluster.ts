import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EmbeddedPostgres, runServer } from './embedded-postgres.js';
import { stopCommand } from './cluster.js';
import type { DatabaseUser } from './run-as.js';

export interface TestCluster extends EmbeddedPostgres {
  /** What ends it from another process: run `file` with `args` as `user`, then remove `folders`. */
  readonly end: {
    readonly file: string;
    readonly args: readonly string[];
    readonly user: DatabaseUser | undefined;
    readonly folders: readonly string[];
  };
}

const silent = () => undefined;

const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-test-'));
  // PostgreSQL may run as another user, who has to pass through our own folder.
  await chmod(folder, 0o711);
  return folder;
};

/**
 * PostgreSQL in a folder of its own that goes away with it; fast, because nothing of it need
 * survive.
 */
export const createTestCluster = async (folder?: string): Promise<TestCluster> => {
  const dataDir = folder ?? (await makeFolder());
  const { url, isRunning, stop, home } = await runServer({
    dataDir,
    log: silent,
    isDurable: false,
  });
  const isElsewhere = !home.clusterDir.startsWith(dataDir);
  const folders = [...(isElsewhere ? [dirname(home.clusterDir)] : []), dataDir];
  return {
    url,
    isRunning,
    end: { ...stopCommand(home, 'immediate'), user: home.user, folders },
    stop: async () => {
      await stop();
      for (const each of folders) await rm(each, { recursive: true, force: true });
    },
  };
};
