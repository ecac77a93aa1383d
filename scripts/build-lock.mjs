// One build at a time in a folder: others wait for it.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 100;
const UNWRITTEN_MS = 5_000;
/** Longer than any build: the id of a process that has died may be that of another one by then. */
const BUILT_MS = 600_000;

/** Calls `work` while this process alone has the lock. The lock of a process that has died is taken over. */
export async function withBuildLock(path, work) {
  while (!take(path)) await pause(POLL_MS);
  try {
    return await work();
  } finally {
    if (ownerOf(path) === process.pid) rmSync(path);
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeOfDead(path);
    return false;
  }
}

function removeOfDead(path) {
  const owner = ownerOf(path);
  const isHeld = owner === undefined ? isYounger(path, UNWRITTEN_MS) : isAlive(owner) && isYounger(path, BUILT_MS);
  if (isHeld) return;
  // Of several waiting processes, only one succeeds in renaming it.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (ownerOf(aside) === owner) rmSync(aside);
  else renameSync(aside, path);
}

function isYounger(path, ms) {
  const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs > Date.now() - ms;
}

/** Undefined: it is gone, is being written, or its process died before writing it. */
function ownerOf(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  // In a container that starts again, the process that has died had the id of this one.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
