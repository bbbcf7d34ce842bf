import { StageFrame } from './stage-frame.tsx';

export function ConsentStage() {
  return <StageFrame>{null}</StageFrame>;
}
