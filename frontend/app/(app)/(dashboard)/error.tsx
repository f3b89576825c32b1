"use client";

import { CrashPage } from "@/components/errors/crash-page";

export default CrashPage;
