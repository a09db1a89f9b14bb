import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Stops the cluster of a run, if any of its tests needed one, and takes its folders away. */
export const endRun = async (run) => {
  const text = await readFile(join(run, 'end.json'), 'utf8').catch(() => undefined);
  if (text) {
    const { file, args, user, folders } = JSON.parse(text);
    await promisify(execFile)(file, args, { ...user, cwd: '/' }).catch(() => undefined);
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
  await rm(run, { recursive: true, force: true });
};

export default async function globalTeardown() {
  await endRun(process.env.REFRAIN_TEST_RUN);
}
