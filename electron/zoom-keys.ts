import type { WebContents } from 'electron';

const smallest = 0.8;
const largest = 2;
const step = 0.1;

/** Ctrl and plus, minus or zero: without a menu nobody else listens to them. Up to 200 %, as the window promises. */
export function followZoomKeys(contents: WebContents): void {
  contents.on('before-input-event', (event, { type, control, key }) => {
    if (type !== 'keyDown' || !control) return;
    const factor = nextFactor(contents.getZoomFactor(), key);
    if (factor === null) return;
    event.preventDefault();
    contents.setZoomFactor(factor);
  });
}

function nextFactor(factor: number, key: string): number | null {
  switch (key) {
    case '+':
    case '=':
      return Math.min(largest, round(factor + step));
    case '-':
      return Math.max(smallest, round(factor - step));
    case '0':
      return 1;
    default:
      return null;
  }
}

function round(factor: number): number {
  return Math.round(factor * 10) / 10;
}
