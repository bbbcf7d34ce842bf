import { useEffect, useRef } from 'react';

export type Shortcuts = Readonly<Partial<Record<string, (() => void) | undefined>>>;

const ownKeys = 'dialog, [role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"][data-popover]';
const editable = 'input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]';

function isForeign(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return true;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(ownKeys) !== null) return true;
  if (event.key === 'Enter') {
    return (
      target.closest('button, a, textarea, [role="option"], [role="row"]') !== null ||
      target.getAttribute('aria-expanded') === 'true'
    );
  }
  const isPrintable = event.key.length === 1 || event.key === 'Delete' || event.key.startsWith('Arrow');
  if (event.key === ' ' && target.closest('button, [data-key], input') !== null) return true;
  return isPrintable && target.closest(editable) !== null;
}

/**
 * Keys of the screen: `Enter`, `Escape`, `F8`, `/`, `Alt+ArrowLeft`… A key that a field, a button or a dialog needs stays
 * theirs.
 */
export function useShortcuts(shortcuts: Shortcuts, isActive = true): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    if (!isActive) return undefined;
    const handle = (event: KeyboardEvent, name: string) => {
      if (isForeign(event)) return;
      const action = latest.current[name];
      if (action === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    };
    const onKeyDown = (event: KeyboardEvent) => (event.altKey ? undefined : handle(event, event.key));
    // With Alt before the lists see it: they would take the arrow alone.
    const onAltKeyDown = (event: KeyboardEvent) => (event.altKey ? handle(event, `Alt+${event.key}`) : undefined);
    document.addEventListener('keydown', onKeyDown);
    document.addEventListener('keydown', onAltKeyDown, { capture: true });
    return () => {
      document.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('keydown', onAltKeyDown, { capture: true });
    };
  }, [isActive]);
}
