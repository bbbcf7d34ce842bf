import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { ComboBox } from 'react-aria-components/ComboBox';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import styles from './controls.module.css';

export type ComboItem = Readonly<{ id: string; text: string; hint: string }>;

type SearchComboProps = Readonly<{
  label: string;
  selected: ComboItem | null;
  items: readonly ComboItem[];
  emptyText: string;
  onSearch: (text: string) => void;
  onSelect: (id: string) => void;
  path?: string;
  error?: string | null | undefined;
  hint?: string | undefined;
  isFirst?: boolean;
}>;

/** A list that is searched by typing; the services do the searching. */
export function SearchCombo({
  label,
  selected,
  items,
  emptyText,
  onSearch,
  onSelect,
  path,
  error,
  hint,
  isFirst = false,
}: SearchComboProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const note = error ?? hint;
  // The chosen item stays in the list, so that leaving the field puts its text back.
  const shown = selected === null || items.some((item) => item.id === selected.id) ? items : [...items, selected];
  return (
    <ComboBox
      className={styles['field'] ?? ''}
      items={shown}
      selectedKey={selected?.id ?? null}
      inputValue={typed ?? selected?.text ?? ''}
      defaultFilter={() => true}
      allowsEmptyCollection
      isInvalid={error !== undefined && error !== null}
      onInputChange={(text) => {
        setTyped(text);
        onSearch(text === selected?.text ? '' : text);
      }}
      onSelectionChange={(key) => {
        setTyped(null);
        onSearch('');
        if (key !== null) onSelect(String(key));
      }}
      onBlur={() => {
        setTyped(null);
        onSearch('');
      }}
    >
      <Label className={styles['label'] ?? ''}>{label}</Label>
      <div className={styles['comboRow']}>
        <Input
          className={styles['input'] ?? ''}
          onFocus={(event) => event.currentTarget.select()}
          {...(isFirst ? { 'data-first-field': '' } : {})}
          {...(path === undefined ? {} : { 'data-path': path })}
        />
        <Button className={styles['comboButton'] ?? ''}>
          <span aria-hidden="true">▾</span>
        </Button>
      </div>
      {note === undefined ? null : (
        <p className={error === undefined || error === null ? styles['hint'] : styles['fieldError']}>{note}</p>
      )}
      <Popover className={styles['comboPopover'] ?? ''}>
        <ListBox<ComboItem> data-popover="" renderEmptyState={() => <p className={styles['listItem']}>{emptyText}</p>}>
          {(item) => (
            <ListBoxItem id={item.id} textValue={item.text} className={styles['listItem'] ?? ''}>
              {item.text}
              {item.hint === '' ? null : <span className={styles['hint']}>{item.hint}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
