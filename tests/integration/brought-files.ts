import { execFileSync } from 'node:child_process';
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { filePartBytes } from '../../core/contract/methods.ts';
import type { DocumentVerification, StagedFile } from '../../core/contract/schemas/verification.ts';
import { fetchBytes } from '../../core/devices/http-fetch.ts';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import type { TimestampSource } from '../../core/documents/signing/cms.ts';
import { signPdf } from '../../core/documents/signing/pades.ts';
import { makeTinyPdf } from '../../core/documents/signing/testing/tiny-pdf.ts';
import { requestTimestamp } from '../../core/documents/signing/timestamp.ts';
import { makeZip } from '../../core/documents/testing/zip.ts';
import { revokeCertificate } from '../../demo/pki/certificate-authority.ts';
import { citizenProfile } from '../../demo/pki/certificate-profiles.ts';
import { authorityAddresses, ensurePki, issueExtraCertificate } from '../../demo/pki/ensure-pki.ts';
import type { IssuedCertificate, Pki } from '../../demo/pki/ensure-pki.ts';
import { citizen } from '../../demo/town.ts';
import type { View } from './counter.ts';
import type { DeskRig } from './desk-rig.ts';

/** Files as citizens bring them, signed with certificates of the demonstration's authority. */
export type CitizenFiles = Readonly<{
  good: Buffer;
  /** One letter of the page changed after the signature. */
  tampered: Buffer;
  unsigned: Buffer;
  /** By a person who is neither presenter nor interested. */
  byAnother: Buffer;
  /** Signed with a certificate that was over by then. */
  expired: Buffer;
  revoked: Buffer;
  /** Signed, as its time stamp proves, after its certificate was revoked: only the authority can tell. */
  revokedBefore: Buffer;
  encrypted: Buffer;
  /** By OpenSSL: the content inside, and apart. */
  attachedCms: Buffer;
  detachedCms: Buffer;
  detachedContent: Buffer;
  /** By xmlsec1, enveloped. */
  signedXml: Buffer;
  /** A container with the detached signature. */
  container: Buffer;
}>;

const day = 24 * 60 * 60 * 1000;
const another = { nif: '99999999R', givenName: 'EVA', firstSurname: 'RUIZ', secondSurname: 'GIL' };

export async function makeCitizenFiles(rig: DeskRig): Promise<CitizenFiles> {
  const { ocsp } = JSON.parse(readFileSync(rig.paths.ports, 'utf8')) as Readonly<{ ocsp: number }>;
  const pki = await ensurePki({ folder: rig.paths.pki, ocspUrl: `http://127.0.0.1:${ocsp}/ocsp` });
  const issue = (name: string, person: typeof citizen, days: readonly [number, number]) =>
    issueExtraCertificate({
      folder: pki.folder,
      name,
      profile: citizenProfile(person, authorityAddresses(pki.ocspUrl)),
      notBefore: new Date(Date.now() + days[0] * day),
      notAfter: new Date(Date.now() + days[1] * day),
    });
  const other = await issue(`other-${randomUUID()}`, another, [-2, 300]);
  const over = await issue(`over-${randomUUID()}`, citizen, [-30, -2]);
  const lost = await issue(`lost-${randomUUID()}`, citizen, [-30, 300]);
  await revokeCertificate({ folder: pki.folder, certificate: lost.certificate });
  // The authority tells whole seconds: what is signed now is of a later one.
  await setTimeout(1_100);
  const page = makeTinyPdf('Solicitud');
  const good = await signAs(pki, pki.citizen, page);
  const tampered = Buffer.from(good);
  tampered[tampered.indexOf('Solicitud')] = 's'.charCodeAt(0);
  const content = Buffer.from('<factura><importe>100</importe></factura>\n');
  const detachedCms = signCmsAs(pki, pki.citizen, content, []);
  return {
    good,
    tampered,
    unsigned: makeTinyPdf('Anexo sin firma'),
    byAnother: await signAs(pki, other, makeTinyPdf('De otra persona')),
    expired: await signAs(pki, over, makeTinyPdf('Fuera de plazo')),
    revoked: await signAs(pki, lost, makeTinyPdf('Revocado')),
    revokedBefore: await signAs(pki, lost, makeTinyPdf('Revocado antes'), timestampFrom(rig, pki)),
    encrypted: encrypt(makeTinyPdf('Protegido')),
    attachedCms: signCmsAs(pki, pki.citizen, content, ['-nodetach']),
    detachedCms,
    detachedContent: content,
    signedXml: signXmlAs(pki, pki.citizen),
    container: makeZip({
      mimetype: 'application/vnd.etsi.asic-s+zip',
      'factura.xml': content,
      'META-INF/signature.p7s': detachedCms,
    }),
  };
}

function timestampFrom(rig: DeskRig, pki: Pki): TimestampSource {
  const [url = ''] = rig.settings.desk.timestampUrls;
  const trusted = [pki.root.der, pki.issuing.der].map(readCertificate);
  return (imprint) => requestTimestamp({ ...imprint, url, trusted, fetchBytes });
}

async function signAs(pki: Pki, holder: IssuedCertificate, pdf: Buffer, timestamp?: TimestampSource): Promise<Buffer> {
  const key = createPrivateKey(readFileSync(holder.key));
  const { pdf: signed } = await signPdf(pdf, {
    signer: {
      certificate: holder.der,
      chain: [pki.issuing.der],
      algorithm: 'rsa-sha256',
      sign: async (data) => sign('sha256', data, key),
    },
    signingTime: new Date(),
    ...(timestamp === undefined ? {} : { timestamp }),
  });
  return signed;
}

function signCmsAs(pki: Pki, holder: IssuedCertificate, content: Buffer, more: readonly string[]): Buffer {
  return inFolder((folder) => {
    const [input, output] = [join(folder, 'content'), join(folder, 'signed.p7s')];
    writeFileSync(input, content);
    const signer = ['-signer', holder.certificate, '-inkey', holder.key, '-certfile', pki.issuing.certificate];
    const form = ['-binary', '-cades', '-md', 'sha256', '-outform', 'DER'];
    execFileSync('openssl', ['cms', '-sign', '-in', input, '-out', output, ...signer, ...form, ...more]);
    return readFileSync(output);
  });
}

function signXmlAs(pki: Pki, holder: IssuedCertificate): Buffer {
  const algorithms = 'http://www.w3.org/2001/04/xmlenc#';
  const template = `<escrito><texto>Hola</texto><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI=""><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms><DigestMethod Algorithm="${algorithms}sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature></escrito>`;
  return inFolder((folder) => {
    const [input, output] = [join(folder, 'template.xml'), join(folder, 'signed.xml')];
    writeFileSync(input, template);
    const key = `${holder.key},${holder.certificate},${pki.issuing.certificate}`;
    execFileSync('xmlsec1', ['--sign', '--privkey-pem', key, '--output', output, input], { stdio: 'ignore' });
    return readFileSync(output);
  });
}

function encrypt(pdf: Buffer): Buffer {
  return inFolder((folder) => {
    const [input, output] = [join(folder, 'plain.pdf'), join(folder, 'locked.pdf')];
    writeFileSync(input, pdf);
    execFileSync('qpdf', ['--encrypt', '', 'owner', '256', '--', input, output]);
    return readFileSync(output);
  });
}

function inFolder<Result>(task: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-citizen-'));
  try {
    return task(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Sends a file in parts, as the window does. */
export async function stage(rig: DeskRig, name: string, content: Buffer): Promise<StagedFile> {
  const uploadId = randomUUID();
  for (let offset = 0; ; offset += filePartBytes) {
    const bytes = new Uint8Array(content.subarray(offset, offset + filePartBytes));
    const { file } = await rig.call('files.stage', { uploadId, name, byteLength: content.length, offset, bytes });
    if (file !== null) return file;
  }
}

export async function verify(rig: DeskRig, name: string, content: Buffer): Promise<DocumentVerification> {
  const { digest } = await stage(rig, name, content);
  return rig.call('verification.verifyStaged', { digest, signatureDigest: null });
}

export async function bring(
  rig: DeskRig,
  { attentionId }: Pick<View, 'attentionId'>,
  role: 'application' | 'annex',
  name: string,
  content: Buffer,
  signature: Buffer | null = null,
): Promise<View> {
  const { digest } = await stage(rig, name, content);
  const signatureDigest = signature === null ? null : (await stage(rig, `${name}.p7s`, signature)).digest;
  return rig.call('documents.bring', { attentionId, digest, signatureDigest, role, title: name.replace(/\..*$/u, '') });
}
