/** A person at the centre's public page: types a code, answers the question, reads what comes. */
export type PublicPage = Readonly<{
  status: number;
  html: string;
  text: string;
  download(label: RegExp): Promise<Buffer>;
}>;

export async function typeCode(verificationUrl: string, code: string): Promise<PublicPage> {
  const form = await (await fetch(verificationUrl)).text();
  const token = /name="pregunta" value="([^"]+)"/u.exec(form)?.[1] ?? '';
  const words = /¿cuál es [^:]+: ([^?]+)\?/u.exec(form)?.[1]?.split(/, | o /u) ?? [];
  for (const word of words) {
    const answered = await fetch(verificationUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ codigo: code, respuesta: word, pregunta: token }).toString(),
    });
    const location = answered.headers.get('location');
    if (location !== null) return readPage(new URL(location, verificationUrl));
  }
  throw new Error('no word answered the question');
}

async function readPage(address: URL): Promise<PublicPage> {
  const response = await fetch(address);
  const html = await response.text();
  return {
    status: response.status,
    html,
    text: html.replaceAll(/<[^>]+>/gu, ' ').replaceAll(/\s+/gu, ' '),
    async download(label) {
      const links = [...html.matchAll(/<a href="([^"]+)"\s*>([^<]*)</gu)];
      const link = links.find(([, , text]) => label.test(text ?? ''))?.[1];
      if (link === undefined) throw new Error('no such link');
      return Buffer.from(await (await fetch(new URL(link.replaceAll('&amp;', '&'), address))).arrayBuffer());
    },
  };
}
