import { StageFrame } from './stage-frame.tsx';

export function PapersStage() {
  return <StageFrame>{null}</StageFrame>;
}
