import type { ElaborationState } from '../../core/contract/schemas/common.ts';
import type { FoundDocument, RelatedDocument } from './find-document.ts';

export function nameOfRole(role: RelatedDocument['role']): string {
  switch (role) {
    case 'application':
      return 'Solicitud presentada';
    case 'annex':
      return 'Documento aportado';
    case 'consent':
      return 'Consentimiento para la firma por funcionario habilitado';
    case 'attestation':
      return 'Diligencia de digitalización y cotejo';
    case 'receipt':
      return 'Justificante de registro';
  }
}

/** Kind and title; the titles of our own papers say nothing more than their kind. */
export function nameDocument({ role, title }: Pick<RelatedDocument, 'role' | 'title'>): string {
  return role === 'receipt' || role === 'attestation' ? nameOfRole(role) : `${nameOfRole(role)}: ${title}`;
}

/** Origin and nature of a copy in words (Ley 39/2015 art. 27; RD 203/2021 art. 49), with the ENI code. */
export function describeElaboration({
  elaborationState,
  nature,
}: Pick<FoundDocument, 'elaborationState' | 'nature'>): string {
  return `${elaborationWords(elaborationState)}${natureWords(nature)} (${elaborationState})`;
}

function elaborationWords(state: ElaborationState): string {
  switch (state) {
    case 'EE01':
      return 'Documento electrónico original';
    case 'EE02':
      return 'Copia electrónica auténtica con cambio de formato';
    case 'EE03':
      return 'Copia electrónica auténtica de un documento en papel';
    case 'EE04':
      return 'Copia electrónica parcial auténtica';
    case 'EE99':
      return 'Copia electrónica simple: no es una copia auténtica';
  }
}

function natureWords(nature: FoundDocument['nature']): string {
  switch (nature) {
    case 'original':
      return ', hecha del original que se mostró en la oficina';
    case 'authenticCopy':
      return ', hecha de una copia auténtica que se mostró en la oficina';
    case 'photocopy':
      return ', hecha de una fotocopia';
    case null:
      return '';
  }
}
