import { homedir } from 'node:os';
import path from 'node:path';

/** Where the demonstration keeps everything; `npm run demo:reset` removes `root` and nothing else. */
export type DemoPaths = Readonly<{
  root: string;
  pki: string;
  /** SoftHSM2's configuration and token with the seal's key. */
  tokens: string;
  /** Pages that lie in the demonstration's feeder. */
  scanner: string;
  /** The desk's encrypted store and blobs. */
  desk: string;
  central: string;
  ports: string;
  running: string;
}>;

/** `XDG_DATA_HOME` where it is an absolute path (the specification ignores others), else `~/.local/share`. */
export function demoPaths(environment: Readonly<Record<string, string | undefined>> = process.env): DemoPaths {
  const stated = environment['XDG_DATA_HOME'];
  const home = environment['HOME'] ?? homedir();
  const data = stated !== undefined && path.isAbsolute(stated) ? stated : path.join(home, '.local', 'share');
  return demoPathsUnder(path.join(data, 'ventanilla', 'demo'));
}

/** The same layout in another folder, such as the one of an unattended run. */
export function demoPathsUnder(root: string): DemoPaths {
  return {
    root,
    pki: path.join(root, 'pki'),
    tokens: path.join(root, 'tokens'),
    scanner: path.join(root, 'scanner'),
    desk: path.join(root, 'desk'),
    central: path.join(root, 'central'),
    ports: path.join(root, 'ports.json'),
    running: path.join(root, 'running'),
  };
}
