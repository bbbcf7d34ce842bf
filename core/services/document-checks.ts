import { formatOfficialInstant } from '../domain/official-time.ts';
import type { FileExamination } from '../documents/admission/examination.ts';
import { refused } from '../documents/admission/examination.ts';
import { createVerifier } from '../documents/verification/verifier.ts';
import type { Verifier } from '../documents/verification/verifier.ts';
import type { ReferenceData } from '../contract/schemas/reference.ts';
import { trustedCertificatesOf } from './officer-session.ts';
import { toKeptAnswers, toVerificationReport } from './verification-report.ts';
import type { KeptAnswer, VerifiedFile } from './verification-report.ts';

/** Looks at files that come from outside, in a thread with limits. */
export type DocumentChecks = Readonly<{
  /** What could not be looked at within the limits counts as damaged. */
  examine(content: Uint8Array, name: string): Promise<FileExamination>;
  /**
   * Verifies against the authorities of the reference data; `signature` is a detached one over `content`. `known` are answers
   * kept before; with a line, the network is asked for what neither they nor the file tell.
   */
  verify(content: Uint8Array, signature: Uint8Array | null, known: readonly KeptAnswer[]): Promise<VerifiedFile>;
  close(): Promise<void>;
}>;

type Dependencies = Readonly<{
  /** Null until there is reference data. */
  reference: () => Readonly<{ version: number; data: ReferenceData }> | null;
  now: () => Date;
  isOnline: () => boolean;
  /** The bundled worker; from the sources it lies beside its client. */
  workerUrl?: URL;
}>;

/** One verifier for the desk; new authorities take another one. */
export function createDocumentChecks({ reference, now, isOnline, workerUrl }: Dependencies): DocumentChecks {
  let current: Readonly<{ version: number | null; verifier: Verifier }> | null = null;

  let running: readonly Promise<unknown>[] = [];

  /** What it has in hand is still answered. */
  function retire(verifier: Verifier): void {
    void Promise.allSettled(running).then(() => verifier.close());
  }

  async function inHand<Result>(work: Promise<Result>): Promise<Result> {
    running = [...running, work];
    try {
      return await work;
    } finally {
      running = running.filter((other) => other !== work);
    }
  }

  function getVerifier(): Verifier {
    const known = reference();
    const version = known?.version ?? null;
    if (current !== null && current.version === version) return current.verifier;
    if (current !== null) retire(current.verifier);
    const verifier = createVerifier({
      sources: {
        authorities: known === null ? [] : trustedCertificatesOf(known.data),
        lists: [],
        listSigners: [],
        at: null,
        cacheFolder: null,
        isOnline: true,
      },
      ...(workerUrl === undefined ? {} : { workerUrl }),
    });
    current = { version, verifier };
    return verifier;
  }

  return {
    async examine(content, name) {
      return (await inHand(getVerifier().examine(content, name))) ?? refused('damaged');
    },
    async verify(content, signature, known) {
      const at = now();
      const wasOnline = isOnline();
      const [document, detached] = signature === null ? [content, null] : [signature, content];
      const { verification, fetched } = await inHand(
        getVerifier().verifyUnder(document, detached, {
          at: at.getTime(),
          isOnline: wasOnline,
          known: { ocsps: bytesOf(known, 'ocsp'), crls: bytesOf(known, 'crl') },
        }),
      );
      const answers = new Map([...known, ...toKeptAnswers(fetched)].map((answer) => [answer.sha256, answer]));
      const circumstances = { verifiedAt: formatOfficialInstant(at), wasOnline, answers: [...answers.values()] };
      return { verification: toVerificationReport(verification, circumstances), answers: circumstances.answers };
    },
    async close() {
      await current?.verifier.close();
    },
  };
}

function bytesOf(answers: readonly KeptAnswer[], kind: KeptAnswer['kind']): readonly Uint8Array[] {
  return answers.filter((answer) => answer.kind === kind).map(({ bytes }) => bytes);
}
