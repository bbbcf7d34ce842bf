import { answer, openLine, pass } from './line.ts';
import type { Line, Outgoing, Taken } from './line.ts';

/*
 * A line between desk and centre that fails. It takes whole requests and passes them on, so that each fault is one that a
 * cable, a proxy or a server that restarts can make; which request suffers which comes from the seed.
 */

export const lineFaults = [
  'refused',
  'requestCut',
  'answerLost',
  'answerCut',
  'answerAltered',
  'twice',
  'overtaken',
  'slow',
  'serverError',
  'otherAnswer',
] as const;

export type LineFault = (typeof lineFaults)[number];

export type ChaosLine = Line &
  Readonly<{
    counts: ReadonlyMap<LineFault, number>;
    /** Requests until now. */
    taken: () => number;
  }>;

/** `share`: how many of all requests suffer a fault, 0 to 1. */
export async function openChaosLine(
  options: Readonly<{ centreUrl: () => string; random: () => number; share: number }>,
): Promise<ChaosLine> {
  const counts = new Map<LineFault, number>();
  const waiting: (() => void)[] = [];
  let requests = 0;

  async function serve(taken: Taken, outgoing: Outgoing): Promise<void> {
    requests += 1;
    const fault =
      options.random() < options.share ? lineFaults[Math.floor(options.random() * lineFaults.length)] : undefined;
    if (fault !== undefined) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    const where = options.centreUrl();
    switch (fault) {
      case 'refused':
        break;
      case 'requestCut':
        // Without a body there is nothing to cut in the middle.
        if (taken.body.length > 0) await pass(where, taken, Math.floor(taken.body.length * options.random()));
        break;
      case 'answerLost':
        await pass(where, taken);
        break;
      case 'answerCut': {
        const { body, ...head } = await pass(where, taken);
        // A length that does not come is how a cut answer looks.
        outgoing.writeHead(head.status, { 'content-type': 'application/json', 'content-length': body.length + 1 });
        outgoing.write(body.subarray(0, Math.floor(body.length * options.random())));
        break;
      }
      case 'answerAltered': {
        const answered = await pass(where, taken);
        const body = Buffer.from(answered.body);
        const place = Math.floor(body.length * options.random());
        if (body.length > 0) body.writeUInt8((body.readUInt8(place) ^ 1) & 0x7f, place);
        return answer(outgoing, { ...answered, body });
      }
      case 'twice':
        await pass(where, taken);
        return answer(outgoing, await pass(where, taken));
      case 'overtaken': {
        // The next request comes first, or none for a while.
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          setTimeout(resolve, 50);
        });
        return answer(outgoing, await pass(where, taken));
      }
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, 20 + 100 * options.random()));
        return answer(outgoing, await pass(where, taken));
      case 'serverError':
        return answer(outgoing, { status: 502, headers: {}, body: Buffer.from('<html>Bad Gateway</html>') });
      case 'otherAnswer':
        return answer(outgoing, { status: 200, headers: {}, body: Buffer.from('{"result":"accepted"}') });
      case undefined: {
        const answered = await pass(where, taken);
        answer(outgoing, answered);
        for (const go of waiting.splice(0)) go();
        return;
      }
    }
    outgoing.destroy();
  }

  return { ...(await openLine(serve)), counts, taken: () => requests };
}
