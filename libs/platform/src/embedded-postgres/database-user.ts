import { stat } from 'node:fs/promises';
import { type DatabaseUser, runAs, succeeds } from './run-as.js';

/** The name PostgreSQL packages use everywhere; made when the machine has none. */
const OS_USER = 'postgres';

const idOf = async (kind: '-u' | '-g'): Promise<number> =>
  Number.parseInt(await runAs(undefined, 'id', [kind, OS_USER]), 10);

const findOsUser = async (): Promise<DatabaseUser> => {
  if (!(await succeeds(undefined, 'id', ['-u', OS_USER]))) {
    // The group may be there already, without its user.
    await succeeds(undefined, 'groupadd', ['--system', OS_USER]);
    await runAs(undefined, 'useradd', ['--system', '--no-create-home', '-g', OS_USER, OS_USER]);
  }
  return { uid: await idOf('-u'), gid: await idOf('-g') };
};

/**
 * Who runs PostgreSQL: nobody else when we are an ordinary user. As root it is the owner of the
 * cluster that is there (it may have been made by an ordinary user before), else the OS user
 * `postgres`.
 */
export const findDatabaseUser = async (clusterDir: string): Promise<DatabaseUser | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return findOsUser();
};
