import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/* The least that a server can do with a file and still say that it has it: takes, writes, fsyncs, answers. */
const [folder = ''] = process.argv.slice(2);
let count = 0;

const server = createServer((incoming, outgoing) => {
  void (async () => {
    const handle = await open(join(folder, `limit-${process.pid}-${count}`), 'w');
    count += 1;
    for await (const chunk of incoming) if (chunk instanceof Uint8Array) await handle.write(chunk);
    await handle.sync();
    await handle.close();
    outgoing.end('done');
  })();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
