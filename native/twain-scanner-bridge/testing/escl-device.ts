import { createEsclServer, type EsclFault } from './escl-server.ts';

/* The eSCL scanner of the tests as a process of its own, with so many sides in its feeder: `escl-device.ts SIDES [FAULT]`, at the second page. */
const server = await createEsclServer({ differentPages: 2 });
server.load(Number(process.argv[2]));
server.fail((process.argv[3] ?? 'none') as EsclFault, 2);
process.on('disconnect', () => process.exit(0));
process.send?.(server.url);
