import { z } from "zod";

const email = z.email("Enter an email address, like name@example.org.").max(254, "This address is too long.");
const newPassword = z.string().min(8, "Use at least 8 characters.").max(72, "Use at most 72 characters.");

export const signUpSchema = z.object({
  full_name: z.string().trim().max(120, "Use at most 120 characters.").default(""),
  email,
  password: newPassword,
});

export const signInSchema = z.object({ email, password: z.string().min(1, "Enter your password.") });

export const forgotSchema = z.object({ email });

export const resetSchema = z
  .object({ password: newPassword, repeat: z.string() })
  .refine(({ password, repeat }) => password === repeat, { path: ["repeat"], error: "The two passwords differ." });
