import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import styles from './screen-heading.module.css';

/** Longer than what a screen waits before it puts the focus somewhere itself. */
const ownChoiceMs = 100;

/**
 * The name of the screen. When the screen appears the focus goes to its first field, or here, and here again when what has
 * it goes away («Parar», once nothing is left to stop): it is never lost.
 */
export function ScreenHeading({ children, isHidden = false }: Readonly<{ children: string; isHidden?: boolean }>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const scope = heading.current?.closest('main') ?? document.body;
    const field = scope.querySelector<HTMLElement>('[data-first-field]');
    (field ?? heading.current)?.focus({ preventScroll: field === null });
    document.title = `${children} · Ventanilla`;
  }, [children]);
  useLeftFocus(heading);
  return (
    <h1 ref={heading} tabIndex={-1} className={isHidden ? styles['hidden'] : undefined}>
      {children}
    </h1>
  );
}

function useLeftFocus(heading: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const scope = heading.current?.closest('main') ?? document.body;
    let holder: Element | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLost = () => document.activeElement === null || document.activeElement === document.body;
    const remember = (): void => {
      holder = document.activeElement;
    };
    const observer = new MutationObserver(() => {
      if (holder === null || holder.isConnected || !isLost()) return;
      holder = null;
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (isLost()) heading.current?.focus({ preventScroll: true });
      }, ownChoiceMs);
    });
    scope.addEventListener('focusin', remember);
    observer.observe(scope, { childList: true, subtree: true });
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      scope.removeEventListener('focusin', remember);
    };
  }, [heading]);
}
