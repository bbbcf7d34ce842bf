// Cuts the power of one mounted file system: what was not made durable is gone (FS_IOC_SHUTDOWN without a last log flush).
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define FS_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH 2

int main(int count, char **words) {
  uint32_t how = NO_LOG_FLUSH;
  int folder = count == 2 ? open(words[1], O_RDONLY) : -1;
  if (folder < 0 || ioctl(folder, FS_IOC_SHUTDOWN, &how) != 0) {
    perror("power-cut");
    return 1;
  }
  return 0;
}
