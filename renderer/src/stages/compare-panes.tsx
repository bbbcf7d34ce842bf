import { useEffect, useRef, useState } from 'react';
import type { PointerEvent as ReactPointerEvent, ReactNode } from 'react';
import type { PageView } from '../../../core/contract/schemas/attention.ts';
import { BlobImage } from '../components/blob-image.tsx';
import { t } from '../i18n/i18n.ts';
import styles from './collation.module.css';
import { captureQuarterTurns, captureRatio, fittedScale, mapToCapture, panBy, zoomBy } from './collation-view.ts';
import type { Point, SharedView } from './collation-view.ts';
import type { PlacedPage } from './paper-moves.ts';

type Size = Readonly<{ width: number; height: number }>;
type ComparePanesProps = Readonly<{
  placed: PlacedPage;
  view: SharedView;
  /** The flag being looked at. */
  chosenFlag: number | null;
  onView: (change: (view: SharedView) => SharedView) => void;
}>;

/** Copy and raw capture side by side: one view for both, so that they move together. */
export function ComparePanes({ placed: { page, document, number }, view, chosenFlag, onView }: ComparePanesProps) {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const scale = size.width === 0 ? 0 : fittedScale(page, size) * view.zoom;
  const names = { number, title: document.title };
  const turns = captureQuarterTurns(page);
  const pan = (dx: number, dy: number) => onView((known) => panBy(known, page, scale, dx, dy));
  const zoom = (factor: number) => onView((known) => zoomBy(known, factor));
  const corners = [0, 1, 2, 3].map((index) =>
    mapToCapture(page, { x: index === 1 || index === 2 ? 1 : 0, y: index > 1 ? 1 : 0 }),
  );
  const centre = mapToCapture(page, view.centre);
  const captureScale = scale / captureRatio(page);
  const copyShift = `translate(${String(size.width / 2 - view.centre.x * page.widthPixels * scale)}px, ${String(size.height / 2 - view.centre.y * page.heightPixels * scale)}px) scale(${String(scale)})`;
  const captureShift = `translate(${String(size.width / 2)}px, ${String(size.height / 2)}px) rotate(${String(-90 * turns)}deg) scale(${String(captureScale)}) translate(${String(-centre.x)}px, ${String(-centre.y)}px)`;
  return (
    <div className={styles['panes']}>
      <Pane
        title={t(document.comparedFile?.isCopy === true ? 'collation.fileCopy' : 'collation.copy')}
        note={t(`collation.state.${page.collation}`)}
        state={page.collation}
        onSize={setSize}
        onPan={pan}
        onZoom={zoom}
      >
        <div
          className={styles['layer']}
          style={{ width: page.widthPixels, height: page.heightPixels, transform: copyShift }}
        >
          <BlobImage digest={page.copyPreview} alt={t('collation.copyAlt', names)} />
          <svg
            className={styles['outline']}
            viewBox={`0 0 ${String(page.widthPixels)} ${String(page.heightPixels)}`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <FlagZones
              page={page}
              chosenFlag={chosenFlag}
              strokeWidth={scale === 0 ? 1 : 2 / scale}
              toPixels={({ x, y }) => ({ x: x * page.widthPixels, y: y * page.heightPixels })}
            />
          </svg>
        </div>
      </Pane>
      <Pane
        title={t('collation.capture')}
        note={turns === 0 ? '' : t('collation.turned', { degrees: turns * 90 })}
        state={page.collation}
        onPan={pan}
        onZoom={zoom}
      >
        <div
          className={styles['layer']}
          style={{ width: page.captureWidthPixels, height: page.captureHeightPixels, transform: captureShift }}
        >
          <BlobImage digest={page.capturePreview} alt={t('collation.captureAlt', names)} />
          <svg
            className={styles['outline']}
            viewBox={`0 0 ${String(page.captureWidthPixels)} ${String(page.captureHeightPixels)}`}
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <polygon
              points={corners.map(({ x, y }) => `${String(x)},${String(y)}`).join(' ')}
              strokeWidth={captureScale === 0 ? 1 : 1.5 / captureScale}
            />
            <FlagZones
              page={page}
              chosenFlag={chosenFlag}
              strokeWidth={captureScale === 0 ? 1 : 2 / captureScale}
              toPixels={(point) => mapToCapture(page, point)}
            />
          </svg>
        </div>
      </Pane>
    </div>
  );
}

type FlagZonesProps = Readonly<{
  page: PageView;
  chosenFlag: number | null;
  strokeWidth: number;
  /** From fractions of the copy to the pixels of what is shown. */
  toPixels: (point: Point) => Point;
}>;

/** What the machine points out, outlined over the image: nothing is painted into it. */
function FlagZones({ page, chosenFlag, strokeWidth, toPixels }: FlagZonesProps) {
  const { width, height } = page.paperMm;
  return page.flags.map(({ placeMm }, index) => {
    if (placeMm === null) return null;
    const left = placeMm.x / width;
    const top = placeMm.y / height;
    const right = (placeMm.x + placeMm.width) / width;
    const bottom = (placeMm.y + placeMm.height) / height;
    const points = [
      { x: left, y: top },
      { x: right, y: top },
      { x: right, y: bottom },
      { x: left, y: bottom },
    ].map(toPixels);
    return (
      <polygon
        // The flags of a page stay as they are.
        // eslint-disable-next-line react/no-array-index-key
        key={index}
        className={index === chosenFlag ? styles['zoneChosen'] : styles['zone']}
        points={points.map(({ x, y }) => `${String(x)},${String(y)}`).join(' ')}
        strokeWidth={index === chosenFlag ? 2 * strokeWidth : strokeWidth}
      />
    );
  });
}

type PaneProps = Readonly<{
  title: string;
  note: string;
  state: 'pending' | 'confirmed' | 'rejected';
  onSize?: (size: Size) => void;
  onPan: (dx: number, dy: number) => void;
  onZoom: (factor: number) => void;
  children: ReactNode;
}>;

function Pane({ title, note, state, onSize, onPan, onZoom, children }: PaneProps) {
  const pane = useRef<HTMLDivElement>(null);
  const last = useRef<Readonly<{ x: number; y: number }> | null>(null);
  const handlers = useRef({ onSize, onZoom });
  handlers.current = { onSize, onZoom };

  useEffect(() => {
    const element = pane.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined)
        handlers.current.onSize?.({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    // Not through React, whose wheel listeners may not stop the scroll.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      handlers.current.onZoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', onWheel);
    };
  }, []);

  function onPointerMove(event: ReactPointerEvent): void {
    if (last.current === null) return;
    onPan(event.clientX - last.current.x, event.clientY - last.current.y);
    last.current = { x: event.clientX, y: event.clientY };
  }

  return (
    <figure className={styles['paneBox']}>
      <figcaption className={styles['caption']}>
        <b>{title}</b>
        <span>{note}</span>
      </figcaption>
      <div
        ref={pane}
        className={`${styles['pane'] ?? ''} ${state === 'pending' ? '' : (styles[state] ?? '')}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          last.current = null;
        }}
      >
        {children}
      </div>
    </figure>
  );
}
