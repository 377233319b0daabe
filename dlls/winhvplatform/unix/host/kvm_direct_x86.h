/*
 * An ioctl without the C library
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 * For kvm.c, and there for KVM_RUN alone: by the C library's function each exit would be twenty instructions dearer.
 * Knows the kernel's convention for system calls.
 */

#ifndef __WHV_UNIX_HOST_KVM_DIRECT_X86_H
#define __WHV_UNIX_HOST_KVM_DIRECT_X86_H

#include <sys/syscall.h>

/* What the kernel answers, or -errno. */
static inline int direct_ioctl( int fd, unsigned long request )
{
    long ret, number = SYS_ioctl, first = fd, third = 0;

    __asm__ volatile( "syscall" : "=a" (ret) : "0" (number), "D" (first), "S" (request), "d" (third)
                      : "rcx", "r11", "memory" );
    return ret;
}

#endif /* __WHV_UNIX_HOST_KVM_DIRECT_X86_H */
