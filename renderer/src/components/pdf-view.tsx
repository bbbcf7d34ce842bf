import { useQuery } from '@tanstack/react-query';
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { useEffect, useRef, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { t } from '../i18n/i18n.ts';
import { toAppError } from '../state/to-app-error.ts';
import { blobQuery } from './blob-image.tsx';
import { Button } from './button.tsx';
import { ErrorNotice, Notice } from './notices.tsx';
import styles from './pdf-view.module.css';

/** A PDF page by page, sharp at the screen's density, with its text for who does not see it. */
export function PdfView({ digest, title }: Readonly<{ digest: string; title: string }>) {
  const bridge = useBridge();
  const { data, error } = useQuery(blobQuery(bridge, digest));
  const [pdf, setPdf] = useState<PDFDocumentProxy | null>(null);
  const [hasFailed, setHasFailed] = useState(false);
  const [pageNumber, setPageNumber] = useState(1);

  useEffect(() => {
    if (data === undefined) return undefined;
    let isWanted = true;
    let close = () => {};
    const open = async () => {
      try {
        // Loaded when the first PDF is shown: it is most of the window's weight.
        const [{ openPdf }, bytes] = await Promise.all([import('./pdf-engine.ts'), data.arrayBuffer()]);
        if (!isWanted) return;
        const opened = openPdf(new Uint8Array(bytes));
        close = opened.close;
        const document = await opened.document;
        if (isWanted) setPdf(document);
      } catch {
        if (isWanted) setHasFailed(true);
      }
    };
    void open();
    return () => {
      isWanted = false;
      setPdf(null);
      close();
    };
  }, [data]);

  if (error !== null) return <ErrorNotice error={toAppError(error)} />;
  if (hasFailed) {
    return (
      <Notice kind="warn">
        <p>{t('pdf.failed')}</p>
      </Notice>
    );
  }
  if (pdf === null) return <p role="status">{t('common.loading')}</p>;
  return (
    <div className={styles['view']}>
      {pdf.numPages > 1 ? (
        <div className={styles['bar']}>
          <Button
            isSmall
            label={t('pdf.previous')}
            isDisabled={pageNumber === 1}
            onPress={() => setPageNumber(pageNumber - 1)}
          >
            ←
          </Button>
          <span role="status">{t('pdf.page', { number: pageNumber, total: pdf.numPages })}</span>
          <Button
            isSmall
            label={t('pdf.next')}
            isDisabled={pageNumber === pdf.numPages}
            onPress={() => setPageNumber(pageNumber + 1)}
          >
            →
          </Button>
        </div>
      ) : null}
      <PdfPage pdf={pdf} pageNumber={pageNumber} title={title} onFailed={() => setHasFailed(true)} />
    </div>
  );
}

type PdfPageProps = Readonly<{ pdf: PDFDocumentProxy; pageNumber: number; title: string; onFailed: () => void }>;

function PdfPage({ pdf, pageNumber, title, onFailed }: PdfPageProps) {
  const hold = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [text, setText] = useState('');
  const width = useWidth(hold);
  const fail = useRef(onFailed);
  fail.current = onFailed;

  useEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return undefined;
    let isWanted = true;
    let cancel = () => {};
    const render = async () => {
      try {
        const page = await pdf.getPage(pageNumber);
        const scale = (width * window.devicePixelRatio) / page.getViewport({ scale: 1 }).width;
        const viewport = page.getViewport({ scale });
        if (!isWanted) return;
        element.width = Math.floor(viewport.width);
        element.height = Math.floor(viewport.height);
        const task = page.render({ canvas: element, viewport });
        cancel = () => task.cancel();
        await task.promise;
        const content = await page.getTextContent();
        if (isWanted) setText(content.items.map((item) => ('str' in item ? item.str : '')).join(' '));
      } catch {
        if (isWanted) fail.current();
      }
    };
    void render();
    return () => {
      isWanted = false;
      cancel();
    };
  }, [pdf, pageNumber, width]);

  return (
    <div ref={hold} className={styles['hold']}>
      <canvas
        ref={canvas}
        className={styles['page']}
        role="img"
        aria-label={`${title}, ${t('pdf.page', { number: pageNumber, total: pdf.numPages })}`}
      />
      <p className={styles['text']}>{text}</p>
    </div>
  );
}

function useWidth(element: Readonly<{ current: HTMLElement | null }>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.round(Math.min(entry?.contentRect.width ?? 0, 960))),
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
