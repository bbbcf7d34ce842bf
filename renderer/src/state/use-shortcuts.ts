import { useEffect, useRef } from 'react';

export type Shortcuts = Readonly<Partial<Record<string, (() => void) | undefined>>>;

const ownKeys = 'dialog, [role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"][data-popover]';
const editable = 'input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]';

function isForeign(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return true;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(ownKeys) !== null) return true;
  if (event.key === 'Enter') {
    return target.closest('button, a, textarea, [role="option"], [role="row"]') !== null || target.getAttribute('aria-expanded') === 'true';
  }
  const isPrintable = event.key.length === 1 || event.key === 'Delete' || event.key.startsWith('Arrow');
  if (event.key === ' ' && target.closest('button, [role="option"], input') !== null) return true;
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
    const onKeyDown = (event: KeyboardEvent) => {
      if (isForeign(event)) return;
      const action = latest.current[event.altKey ? `Alt+${event.key}` : event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [isActive]);
}
