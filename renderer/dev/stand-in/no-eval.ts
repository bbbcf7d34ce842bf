import { z } from 'zod';

// Before any schema is made: the page's content policy allows no eval, which zod would use to be faster.
z.config({ jitless: true });
