import { StageFrame } from './stage-frame.tsx';

export function CollationStage() {
  return <StageFrame>{null}</StageFrame>;
}
