import { useEffect, useRef } from 'react';
import styles from './screen-heading.module.css';

/**
 * The name of the screen. When the screen appears the focus goes to its first field, or here: it is never lost.
 */
export function ScreenHeading({ children, isHidden = false }: Readonly<{ children: string; isHidden?: boolean }>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const scope = heading.current?.closest('main') ?? document.body;
    const field = scope.querySelector<HTMLElement>('[data-first-field]');
    (field ?? heading.current)?.focus({ preventScroll: field === null });
    document.title = `${children} · Ventanilla`;
  }, [children]);
  return (
    <h1 ref={heading} tabIndex={-1} className={isHidden ? styles['hidden'] : undefined}>
      {children}
    </h1>
  );
}
