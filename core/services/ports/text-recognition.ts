import type { PageText } from '../../contract/schemas/page-text.ts';

/** A program that reads the text of images. It is never waited for: all it does can be cancelled at once. */
export type TextRecognitionPort = Readonly<{
  /**
   * Reads one page, as slowly as everything else on the machine wants. Rejects with `recognition.programMissing` or
   * `recognition.languageMissing` when no page can be read on this machine as it is set up; `recognition.failed`,
   * `recognition.timedOut` of this page; `request.cancelled`.
   * @param image JPEG or PNG, upright
   */
  recognize(image: Uint8Array, dpi: number, signal: AbortSignal): Promise<PageText>;
}>;
